from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from framework.actions.step import Change
from framework.declare.actions import Action, Create, Job, Read, Update
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.rest.section import Rest

Problems = Callable[..., list[str]]
WRONG: Any = "wrong"


def test_words_of_the_wrong_shape_are_told_even_where_no_type_checker_runs(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        ask = Action(WRONG, scope=WRONG)
        run = Job(verb("a.b"), every=WRONG, retry=WRONG)
        browse = Read(paginate=WRONG)
        write = Create(accept=WRONG, arguments={"x": WRONG})
        change = Update(arguments=WRONG, steps=[WRONG], then=WRONG)

    assert problems(Note) == [
        '`Note.ask.run`: is a verb: write `verb("package.module")`',
        "`Note.ask.scope`: is `Scope.RECORD` or `Scope.RESOURCE`",
        "`Note.run.retry`: is a `RetrySpec(...)`",
        "`Note.run.every`: is a number of seconds: write `3600` for an hour",
        "`Note.browse.paginate`: is `keyset(...)` or `offset(...)`",
        "`Note.write.accept`: is a list of attributes",
        '`Note.write.arguments`: maps names to arguments: write `{"name": argument(str)}`',
        '`Note.change.arguments`: maps names to arguments: write `{"name": argument(str)}`',
        "`Note.change.steps`: `'wrong'` is not a step",
        "`Note.change.then`: `'wrong'` is not a step",
    ]


def test_a_domain_lists_resource_classes(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()

    assert problems(Note, int, "Note") == [
        "`resources`: `<class 'int'>` is not a class of the kind `Resource` (list the classes themselves)",
        "`resources`: `'Note'` is not a class of the kind `Resource` (list the classes themselves)",
    ]


class StaffOnly(Change):
    """Keeps everybody else out."""


class Talker:
    """Says something, and does nothing."""

    def says(self) -> str:
        return "nothing"


class Shapeless(Talker):
    """Has every method of a step, and does not say whether it reads the record."""

    def apply(self, *_: Any) -> Any: ...

    def before(self, *_: Any) -> Any: ...

    def after(self, *_: Any) -> Any: ...


def test_a_step_is_made_and_does_something(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        change = Update(steps=[StaffOnly])  # type: ignore[list-item]  # wrong on purpose
        other = Update(then=Talker())
        fine = Update(steps=[StaffOnly()])

    changed, talked = problems(Note)
    assert changed == ("`Note.change.steps`: `StaffOnly` is a class, which does nothing by itself: write `StaffOnly()`")
    assert talked.startswith("`Note.other.then`: `<")
    assert talked.endswith("is not a step")


def test_a_step_says_whether_it_reads_the_record(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        change = Update(steps=[Shapeless()])

    (told,) = problems(Note)
    assert told.startswith("`Note.change.steps`: `<")


def test_a_section_is_made(problems: Problems) -> None:
    class Note(Resource):
        sections = (Rest, "notes")
        id: Attr[UUID] = primary_key()

    assert problems(Note) == [
        "`Note.sections`: `Rest` is a class, which says nothing by itself (write `Rest(...)`)",
        "`Note.sections`: `'notes'` is no section (list sections of extensions, such as `Rest(...)`)",
    ]
