from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Create, Destroy, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.machine import state_machine
from framework.declare.policies import allow, changing, field, forbid, given
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import actor, argument_value
from framework.spec.action import ActionKind

Problems = Callable[..., list[str]]
HINT = "(compare values of one type)"


class Owned(Resource):
    owner: Attr[str] = attribute()


def test_conditions_speak_of_what_is_there_in_types_that_go_together(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        size: Attr[int] = attribute()
        pages: Many[Page] = has_many()
        browse = Read()
        policies = [
            allow(browse).when(size == "large"),
            allow(browse).when(pages.any(lambda page: page.txt == "x")),  # type: ignore[attr-defined]  # the mistake
            allow(browse).unless(title),  # type: ignore[arg-type]  # the mistake
            allow(browse).when(actor("level") + 1 > size),
            allow(browse).when(title == argument_value("title")),
            field(title).readable_when(size == "large"),
        ]
        base = {"large": size > "x"}

    class Page(Resource):
        id: Attr[UUID] = primary_key()
        note: One[Note] = belongs_to()
        text: Attr[str] = attribute()
        browse = Read()
        policies = [allow(browse)]

    assert problems(Note, Page) == [
        "`Note.base.large`: `size` is of the type integer and `'x'` of the type string (compare values of one type)",
        f"`Note.policies[0]`: `size` is of the type integer and `'large'` of the type string {HINT}",
        "`Note.policies[1]`: `Page` has no `txt` (did you mean `text`?)",
        '`Note.policies[2]`: `title` is of the type string, not a condition (compare it: `title != ""`)',
        (
            "`Note.policies[3]`: the actor's `level` may be anything: it is compared, and not calculated with "
            "(calculate with the value that it is compared with)"
        ),
        '`Note.policies[4]`: `argument_value(…)` is for the `where` of a read (write `given("title")`)',
        "`Note.policies[4]`: there is no argument `title`",
        f"`Note.policies[5]`: `size` is of the type integer and `'large'` of the type string {HINT}",
    ]


def test_what_a_call_gives_is_something_that_every_such_call_can(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        write = Create(accept=[title])
        edit = Update(accept=[title], arguments={"reason": argument(str)})
        destroy = Destroy()
        policies = [
            allow(write, edit).when(given("title") == "x"),
            allow(edit).when(given("reson") == "x"),
            allow(edit).when(given("reason") == 3),
            allow(write, edit, destroy).when(given("title") == "y"),
            field(title).writable_when(given("reason") == "x"),
        ]

    assert problems(Note) == [
        "`Note.policies[1]`: `edit` takes no `reson` (did you mean `reason`?)",
        f"`Note.policies[2]`: an expression is of the type string and `3` of the type integer {HINT}",
        "`Note.policies[3]`: `destroy` takes no `title` (say it in a rule about the actions that take it)",
        "`Note.policies[4]`: `write` takes no `reason` (say it in a rule about the actions that take it)",
    ]


class State(StrEnum):
    DRAFT = "draft"
    LIVE = "live"


def test_what_changes_is_an_attribute_that_the_action_makes_another_of(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        state: Attr[State] = state_machine(State.DRAFT, publish=(State.DRAFT, State.LIVE))
        browse = Read()
        write = Create(accept=[title])
        publish = Update()
        edit = Update(accept=[title])
        policies = [
            allow(ActionKind.READ),
            allow(write, publish, edit).when(changing(state, to=State.LIVE)),
            allow(publish).unless(changing(state, from_=[State.DRAFT, "gone"], to=3)),
            forbid(ActionKind.READ).when(changing(title)),
            field(title).readable_when(changing(title) & (given("title") == "x")),
        ]

    assert problems(Note) == [
        "`Note.policies[1]`: `edit` changes no `state` (name the actions that accept it, or that move it)",
        "`Note.policies[2]`: `gone` is none of draft, live (compare values of one type)",
        "`Note.policies[2]`: `3` is none of draft, live (compare values of one type)",
        "`Note.policies[3]`: no action that this is about changes `title`",
        "`Note.policies[4]`: is asked whenever a record is read, so no call gives anything (leave out `given(…)`)",
        "`Note.policies[4]`: is asked whenever a record is read, so nothing is changed (leave out `changing(…)`)",
    ]


def test_a_default_speaks_of_what_every_resource_has() -> None:
    class Note(Owned):
        id: Attr[UUID] = primary_key()
        browse = Read()

    class Count(Resource):
        id: Attr[UUID] = primary_key()
        owner: Attr[int] = attribute()
        browse = Read()

    class OwnerIs:
        def says(self) -> str:
            return "it is theirs"

        def condition(self, record: type[Owned]) -> object:
            return record.owner == "x"

    defaults = [allow().when(OwnerIs())]  # type: ignore[arg-type]  # it gives one
    assert list(map(str, problems_of(Domain("notes", [Note, Count], policies=defaults)))) == [
        "`notes.policies[0]`: `owner` is of the type integer and `'x'` of the type string (compare values of one type)"
    ]
