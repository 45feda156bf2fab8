from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from framework.declare.actions import Action, Create, Job, Read, Update
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb

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
