from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.policies import allow, bypass, forbid
from framework.declare.resource import Resource
from framework.expr.build import actor
from framework.spec.action import ActionKind

Problems = Callable[..., list[str]]


def test_a_policy_names_actions_that_are_there(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read()
        write = Create(accept=[title])
        policies = [allow("brwse", "write", browse), allow("write", ActionKind.UPDATE).when(actor("id") == "x")]

    assert problems(Note) == [
        "`Note.policies[0]`: `Note` has no action `brwse` (did you mean `browse`?)",
        "`Note.policies[1]`: `Note` has no action of the kind update",
        (
            "`Note.policies[1]`: is in vain: `Note.policies[0]` allows all of that, whatever is asked "
            "(leave out one of them)"
        ),
    ]


def test_an_action_is_named_once_in_a_rule(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        policies = [allow(browse, browse)]

    assert problems(Note) == ["`Note.policies[0]`: names `browse` twice"]


def test_every_action_is_named_by_some_policy(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read()
        write = Create(accept=[title])
        hide = Update(private=True)
        seal = Update()
        policies = [bypass(actor("role") == "admin"), allow(browse), forbid(seal)]

    class Draft(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()

    hint = "(say who may in an `allow(…)` of the resource, or `Domain(policies=…)` for all without policies)"
    assert problems(Note, Draft) == [
        f"`Note.write`: is named by no policy {hint}",
        f"`Note.hide`: is named by no policy {hint}",
        f"`Draft.browse`: is named by no policy {hint}",
    ]


def test_a_default_names_the_actions_of_those_without_policies() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        touch = Update()

    assert (
        problems_of(Domain("notes", [Note], policies=[allow(ActionKind.READ, ActionKind.UPDATE, ActionKind.JOB)])) == ()
    )


def test_a_domain_without_policies_names_nothing(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()

    assert problems(Note) == []
