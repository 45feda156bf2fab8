from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Action, Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import allow, bypass, changing
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.expr.build import actor
from framework.spec.action import ActionKind, Scope

Problems = Callable[..., list[str]]
SOMETHING = verb("somewhere.something")


def test_what_is_about_no_record_is_decided_without_one(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        owner: Attr[str] = attribute()
        pages: Many[Page] = has_many()
        browse = Read()
        write = Create(accept=[owner])
        total = Action(run=SOMETHING, scope=Scope.RESOURCE)
        seal = Action(run=SOMETHING)
        policies = [
            bypass(owner == "root"),
            allow(browse, write, seal).when(owner == actor("id")),
            allow(total).when(pages.any(lambda page: page.id == actor("id"))),
            allow(total).when(actor("role") == "lead"),
            bypass(changing(owner) & (actor("role") == "admin")),
        ]

    class Page(Resource):
        id: Attr[UUID] = primary_key()
        note: One[Note] = belongs_to()
        browse = Read()
        policies = [allow(ActionKind.READ)]

    hint = "(name the actions that are about one)"
    assert problems(Note, Page) == [
        f"`Note.policies[0]`: `total` is about no record, so there is no `owner` to look at {hint}",
        f"`Note.policies[2]`: `total` is about no record, so there is no `pages` to look at {hint}",
    ]
