from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Action, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.expr.build import actor
from framework.spec.action import Scope

Problems = Callable[..., list[str]]


def test_a_read_goes_past_base_filters_that_are_there(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        archived: Attr[bool] = attribute(default=False)
        browse = Read()
        old = Read(past=["archved", "archived", "archived"])
        odd = Read(past="archived")
        base = {"archived": ~archived}

    assert problems(Note) == [
        "`Note.old.past`: `Note` has no base filter `archved` (did you mean `archived`?)",
        "`Note.old.past`: names `archived` twice",
        '`Note.odd.past`: is a list of base filters: write `["archived"]`',
    ]


def test_what_is_not_stored_has_nothing_to_filter(problems: Problems) -> None:
    class Mailer(Resource):
        stored = False
        send = Action(run=verb("somewhere.send"), scope=Scope.RESOURCE)
        base = {"mine": actor("role") == "x"}

    assert problems(Mailer) == ["`Mailer.base`: `Mailer` is not stored, so it has no records to filter"]
