from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import allow, bypass, forbid
from framework.declare.resource import Resource
from framework.expr.build import Expr, actor
from framework.expr.nodes import Value
from framework.spec.action import ActionKind

Problems = Callable[..., list[str]]


def test_every_rule_decides_something(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read()
        old = Read()
        write = Create(accept=[title])
        edit = Update(accept=[title])
        policies = [
            allow(ActionKind.READ),
            allow(old).when(title == "x"),
            forbid(edit),
            allow(edit).when(title == "x"),
            allow(write).when(title == "x"),
            allow(write).when(title == "x"),
            allow(write).when(title.contains(None)),  # type: ignore[arg-type]  # the mistake
            bypass(write).when(title == "y"),
            bypass(browse),
            allow(browse).when(title == "z"),
        ]

    out = "(leave out one of them)"
    assert [line.replace("`Note.policies", "`") for line in problems(Note)] == [
        f"`[1]`: is in vain: `[0]` allows all of that, whatever is asked {out}",
        f"`[3]`: is in vain: `[2]` forbids all of that, whatever is asked {out}",
        "`[5]`: says what `[4]` says already (leave one of them)",
        "`[6]`: asks for what is never true (leave out the rule)",
        f"`[9]`: is in vain: `[0]` allows all of that, whatever is asked {out}",
    ]


def test_of_two_rules_that_say_the_same_the_second_is_one_too_many(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        policies = [allow(browse), allow()]

    assert problems(Note) == [
        (
            "`Note.policies[1]`: is in vain: `Note.policies[0]` allows all of that, whatever is asked "
            "(leave out one of them)"
        )
    ]


def test_what_forbids_a_part_leaves_the_rest(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        edit = Update()
        policies = [allow(), forbid(edit).unless(actor("role") == "lead")]

    assert problems(Note) == []


def test_a_value_is_no_condition(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        policies = [allow(browse).when(Expr(lambda: Value("x")))]

    assert problems(Note)[0] == "`Note.policies[0]`: `'x'` is no condition (compare a value: `title != \"\"`)"
