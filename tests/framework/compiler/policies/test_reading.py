"""Policies, base filters and defaults, as they are read; and what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import Policy, allow, bypass, changing, field, forbid, group
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.expr.build import Expr, actor, node_of
from framework.expr.nodes import Not, Ref
from framework.spec.action import ActionKind
from framework.spec.policy import Effect

Problems = Callable[..., list[str]]


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """That the actor is whom an attribute names."""

    owner: str

    def says(self) -> str:
        return f"the actor is the {self.owner}"

    def condition(self, record: Any) -> Expr[bool]:
        return getattr(record, self.owner) == actor("id")  # type: ignore[no-any-return]  # any attribute


class Owned(Resource):
    owner: Attr[str | None] = attribute()
    browse = Read()


def test_a_rule_is_about_the_actions_and_kinds_it_names() -> None:
    class Note(Owned):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        write = Create(accept=[title])
        edit = Update(accept=[title])
        policies = [
            allow("browse", ActionKind.CREATE).because("notes are shared"),
            allow(edit).when(title == "x").unless(title == "y"),
        ]

    first, second = compile_domain(Domain("notes", [Note])).resources["Note"].policies
    assert (first.names, first.kinds, first.because) == (("browse",), (ActionKind.CREATE,), "notes are shared")
    assert (second.path, second.effect, second.names) == ("Note.policies[1]", Effect.ALLOW, ("edit",))
    assert [each.met for each in second.conditions] == [node_of(Note.title == "x"), Not(node_of(Note.title == "y"))]
    assert Path(second.source.file) == Path(__file__)


def test_rules_of_a_group_share_its_conditions() -> None:
    class Note(Owned):
        id: Attr[UUID] = primary_key()
        edit = Update()
        policies = [group(when=actor("kind") == "user")[group(unless=actor("id") == "x")[allow("browse"), allow(edit)]]]

    rules = compile_domain(Domain("notes", [Note])).resources["Note"].policies
    assert [(rule.path, len(rule.conditions)) for rule in rules] == [
        ("Note.policies[0][0][0]", 2),
        ("Note.policies[0][0][1]", 2),
    ]


def test_a_named_check_says_itself_and_is_rooted_at_the_class() -> None:
    class Note(Owned):
        id: Attr[UUID] = primary_key()
        policies = [allow().when(OwnedBy("owner"))]
        base = {"owned": OwnedBy("owner")}

    spec = compile_domain(Domain("notes", [Note])).resources["Note"]
    (condition,) = spec.policies[0].conditions
    assert (condition.says, condition.node) == ("the actor is the owner", node_of(Note.owner == actor("id")))
    assert spec.base["owned"].condition == condition


def test_what_declares_no_rules_has_those_of_its_domain() -> None:
    class Plain(Owned):
        id: Attr[UUID] = primary_key()

    class Veiled(Owned):
        id: Attr[UUID] = primary_key()
        secret: Attr[str | None] = attribute()
        policies = [field(secret).readable_when(actor("role") == "lead")]

    class Strict(Owned):
        id: Attr[UUID] = primary_key()
        policies = [allow("browse")]

    defaults = [allow(ActionKind.READ).when(Owned.owner == actor("id"))]
    specs = compile_domain(Domain("notes", [Plain, Veiled, Strict], policies=defaults)).resources
    assert [spec.policies[0].path for spec in specs.values()] == [
        "notes.policies[0]",
        "notes.policies[0]",
        "Strict.policies[0]",
    ]
    assert list(specs["Veiled"].field_policies) == ["secret"]


def test_a_link_stands_for_its_key() -> None:
    class Shelf(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        policies = [allow()]

    class Note(Resource):
        id: Attr[UUID] = primary_key()
        shelf: One[Shelf | None] = belongs_to()
        move = Update(accept=[shelf])
        policies = [allow(move).when(changing(shelf)), field(shelf).readable_when(actor("role") == "lead")]

    spec = compile_domain(Domain("notes", [Shelf, Note])).resources["Note"]
    assert list(spec.field_policies) == ["shelf_id"]
    assert spec.policies[0].when == node_of(changing(Expr(lambda: Ref("shelf_id"))))


def test_what_is_no_policy_is_told_all_at_once(problems: Problems) -> None:
    class Other(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read()

    class Note(Owned):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        edit = Update(accept=[title])
        policies = [
            "everybody",  # type: ignore[list-item]  # the mistake
            allow(title == "x"),  # type: ignore[arg-type]  # the mistake
            allow(Other.browse, 3),  # type: ignore[arg-type]  # the mistake
            allow(Read()),
            allow(edit).when(Other.title == "x"),
            allow(edit).when(OwnedBy).unless(),  # type: ignore[arg-type]  # the mistake
            allow(edit).when(True),  # type: ignore[arg-type]  # the mistake
            allow(edit).when(OwnedBy("ower")),
            forbid(edit).when(title == "z").because("of this").because("of that"),
            group(when=title == "x"),
            group(when=title == "x")[field(title).readable_when(title == "x")],  # type: ignore[index]  # the mistake
            field(title),
            field(title).readable_when(title == "x"),
            field(title == "x").readable_when(title == "x"),
            allow(edit).when(changing(title.lower())),
        ]
        base = {"shown": 3, 4: title == "x"}  # type: ignore[dict-item]  # the mistake

    assert [line.replace("`Note.policies", "`") for line in problems(Note, Other)] == [
        "`[0]`: 'everybody' is no policy (write `allow(…)`, `forbid(…)` or `bypass(…)`)",
        '`Note.base.shown`: 3 is no condition: compare a value, `state == "draft"`',
        "`Note.base`: 4 is no name",
        "`[1]`: is told a condition where actions are named (write `.when(…)` for it)",
        "`[2]`: `Other.browse` is an action of another resource",
        "`[2]`: 3 is no action (name one of the class, or a kind)",
        "`[3]`: names an action that `Note` does not have (name it as it is called in the class)",
        (
            "`[4]`: `Other.title` belongs to another resource, and this is about `Note`: follow a link to it, and "
            "inside of a lambda speak of what the lambda is given"
        ),
        "`[5]`: `OwnedBy` is a class, which checks nothing by itself: write `OwnedBy(…)`",
        "`[5]`: `unless` is told no condition",
        '`[6]`: True is no condition: compare a value, `state == "draft"`',
        "`[7]`: type object 'Note' has no attribute 'ower'",
        "`[8]`: says twice what it is for (leave one `because(…)`)",
        "`[9]`: holds no rules (list them in brackets: `group(when=…)[allow(edit)]`)",
        (
            "`[10][0]`: is about one field, and so it stands by itself among the policies of its resource "
            "(move it there, with all of its conditions)"
        ),
        "`[11]`: says nothing (write `.readable_when(…)` or `.writable_when(…)`)",
        "`[12]`: `[11]` says already who may read and give `title` (say it in one place)",
        "`[13]`: an expression names no attribute: name attributes, or keep what is worked out in one",
        "`[14]`: `changing(…)` is told an attribute of the record itself, as it is",
    ]


def test_policies_and_base_are_of_one_form(problems: Problems) -> None:
    class Note(Owned):
        id: Attr[UUID] = primary_key()
        policies = allow("browse")  # type: ignore[assignment]  # the mistake
        base = [actor("id") == "x"]  # type: ignore[assignment]  # the mistake

    assert problems(Note) == [
        "`Note.policies`: is a list of rules (write `policies = [allow(browse), …]`)",
        '`Note.base`: maps names to conditions (write `base = {"archived": ~archived}`)',
    ]


def test_a_default_is_about_kinds_and_what_every_resource_has() -> None:
    class Note(Owned):
        id: Attr[UUID] = primary_key()

    class Bare(Resource):
        id: Attr[UUID] = primary_key()
        look = Read()

    defaults: list[Policy] = [
        bypass(actor("role") == "admin"),
        allow(ActionKind.READ).when(Owned.owner == actor("id")),
        allow("browse"),
        field("owner").readable_when(actor("role") == "lead"),
    ]
    assert list(map(str, problems_of(Domain("notes", [Note, Bare], policies=defaults)))) == [
        (
            "`notes.policies[1]`: `Owned.owner` belongs to another resource, and this is about `Bare`: follow a link "
            "to it, and inside of a lambda speak of what the lambda is given"
        ),
        (
            "`notes.policies[2]`: names an action, and this is said of every resource that has no policies "
            "(name kinds: `allow(ActionKind.READ)`)"
        ),
        (
            "`notes.policies[3]`: is about one field, and so it stands by itself among the policies of its resource "
            "(move it there, with all of its conditions)"
        ),
    ]


def test_a_check_that_raises_is_a_mistake_of_the_declaration(problems: Problems) -> None:
    @dataclass(frozen=True, slots=True)
    class Broken:
        def says(self) -> str:
            return "it is broken"

        def condition(self, record: Any) -> Any:
            raise KeyError("nothing")

    @dataclass(frozen=True, slots=True)
    class Vague:
        def says(self) -> str:
            return "it is vague"

        def condition(self, record: Any) -> Any:
            return True

    class Note(Owned):
        id: Attr[UUID] = primary_key()
        policies = [allow().when(Broken()), allow().when(Vague())]

    assert problems(Note) == [
        "`Note.policies[0]`: raises KeyError: 'nothing'",
        "`Note.policies[1]`: the condition of `Vague` is no expression, but True",
    ]


def test_a_condition_without_end_is_a_mistake_and_no_crash(problems: Problems) -> None:
    def deep(levels: int) -> Expr[bool]:
        condition: Expr[bool] = actor("id") == "x"
        for level in range(levels):
            condition = condition | (actor("id") == str(level))
        return condition

    class Note(Owned):
        id: Attr[UUID] = primary_key()
        policies = [allow("browse").when(deep(5000)), allow("browse").when(deep(300)), allow("browse").when(deep(100))]

    says = "is nested too deep (say it in several rules, or with `.one_of(…)`)"
    assert [line for line in problems(Note) if "deep" in line] == [
        f"`Note.policies[0]`: {says}",
        f"`Note.policies[1]`: {says}",
    ]
