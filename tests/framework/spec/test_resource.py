from __future__ import annotations

from uuid import UUID

from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Action, Create, Destroy, Job, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.spec.action import Scope
from framework.spec.relationship import OnDelete


class Fill(Change):
    """Fills in the secret."""


class Note(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    body: Attr[str | None] = attribute()
    level: Attr[int] = attribute(default=1)
    secret: Attr[str] = attribute(private=True)
    hint: Attr[str] = calculate(secret.lower(), private=True)
    parent: One[Note | None] = belongs_to(private=True)
    replies: Many[Note] = has_many()

    write = Create(accept=[title], steps=[Fill()])
    browse = Read()
    search = Read()
    change = Update(private=True)
    remove = Destroy()
    ask = Action(verb("notes.ask"))
    report = Action(verb("notes.report"), scope=Scope.RESOURCE)
    sweep = Job(verb("notes.sweep"))


class Tool(Resource):
    stored = False


class Draft(Resource):
    id: Attr[UUID] = primary_key()
    browse = Read()
    keep = Create(quiet=True)


class Copy(Resource):
    id: Attr[UUID] = primary_key()
    note: One[Note] = belongs_to(on_delete=OnDelete.CASCADE)
    browse = Read()
    keep = Create(accept=[note], quiet=True)


DOMAIN = compile_domain(Domain("notes", [Note, Tool]))
SPEC = DOMAIN.of(Note)


def test_transports_see_only_what_is_public() -> None:
    assert list(SPEC.public_values) == ["id", "title", "body", "level"]
    assert list(SPEC.public_relationships) == ["replies"]
    assert list(SPEC.public_actions) == ["write", "browse", "search", "remove", "ask", "report"]


def test_a_create_has_to_be_given_what_nothing_else_fills_in() -> None:
    assert [a.name for a in SPEC.attributes.values() if a.required] == ["title", "secret"]


def test_the_first_read_is_the_one_that_lists() -> None:
    assert SPEC.reader is SPEC.actions["browse"]
    assert DOMAIN.of(Tool).reader is None


def test_which_actions_are_about_one_record_and_which_write() -> None:
    about = [action.name for action in SPEC.actions.values() if action.needs_record]
    assert about == ["change", "remove", "ask", "sweep"]
    assert [action.name for action in SPEC.actions.values() if action.writes] == ["write", "change", "remove"]


def test_what_is_not_stored_has_no_table() -> None:
    assert DOMAIN.stored == (SPEC,)
    assert SPEC.key.name == "id"


def test_what_is_only_written_quietly_has_no_change_to_tell_of() -> None:
    """A stream that nothing ever comes through promises what it does not keep."""
    domain = compile_domain(Domain("notes", [Note, Tool, Draft, Copy]))
    told = {spec.name for spec in domain.resources.values() if spec.leaves_events}
    assert told == {"Note", "Copy"}
