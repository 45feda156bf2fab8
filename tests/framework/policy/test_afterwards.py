"""A decision that is asked again, of the record as the call made it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.context import Actor, Context
from framework.declare.actions import Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.machine import state_machine
from framework.declare.policies import allow, changing
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import actor, node_of
from framework.expr.nodes import FALSE, TRUE
from framework.policy.decisions import Decisions
from framework.spec.domain import DomainSpec

ME = Context(Actor("user", "me"))


class State(StrEnum):
    DRAFT = "draft"
    LIVE = "live"


class Shelf(Resource):
    id: Attr[UUID] = primary_key()
    keeper: Attr[str] = attribute()
    notes: Many[Note] = has_many()
    browse = Read()
    policies = [allow()]


class Note(Resource):
    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute()
    title: Attr[str] = attribute(default="x")
    state: Attr[State] = state_machine(State.DRAFT, publish=(State.DRAFT, State.LIVE))
    shelf: One[Shelf] = belongs_to()

    publish = Update(accept=[owner])
    rename = Update(accept=[title, owner])
    move = Update(accept=[shelf, title])

    policies = [
        allow(publish).when((state == State.DRAFT) & (owner == actor("id"))),
        allow(rename).when(changing(title, from_="x", to="y"), owner == actor("id")),
        allow(move).when(shelf.notes.any(lambda note: note.owner == actor("id"))),
    ]


@pytest.fixture(scope="module")
def domain() -> DomainSpec:
    return compile_domain(Domain("notes", [Shelf, Note]))


@pytest.fixture(scope="module")
def decisions(domain: DomainSpec) -> Decisions:
    return Decisions.of(domain)


def test_it_tells_what_it_looks_at(domain: DomainSpec, decisions: Decisions) -> None:
    looked_at = {name: decisions.spoken_of(action) for name, action in domain.resources["Note"].actions.items()}
    assert looked_at == {
        "publish": {"state", "owner"},
        "rename": {"title", "owner"},
        "move": {"shelf_id"},
    }


def test_what_the_action_sets_itself_counts_as_it_was(domain: DomainSpec, decisions: Decisions) -> None:
    publish, given = domain.action("Note", "publish"), {"owner": "you"}
    left = decisions.afterwards(publish, ME, given, {"state": State.DRAFT, "owner": "me"})
    assert left == node_of(Note.owner == "me"), "the owner is looked at as it is now"
    assert decisions.afterwards(publish, ME, given, {"state": State.LIVE, "owner": "me"}) == FALSE


@pytest.mark.parametrize(
    ("given", "before", "decided"),
    [
        ({"title": "y"}, {"title": "x", "owner": "me"}, TRUE),
        ({"title": "y"}, {"title": "z", "owner": "me"}, FALSE),
        ({"title": "y"}, {"title": "x", "owner": "you"}, FALSE),
        ({"title": "y", "owner": "you"}, {"title": "x", "owner": "me"}, node_of(Note.owner == "me")),
    ],
)
def test_a_change_is_from_what_was_there(
    decisions: Decisions, given: dict[str, Any], before: dict[str, Any], decided: object
) -> None:
    rename = decisions.domain.action("Note", "rename")
    assert decisions.afterwards(rename, ME, given, before) == decided


def test_another_record_is_never_taken_for_the_one_that_was_changed(domain: DomainSpec, decisions: Decisions) -> None:
    move = domain.action("Note", "move")
    before = {"owner": "somebody", "shelf_id": UUID(int=1)}
    assert decisions.afterwards(move, ME, {"shelf_id": UUID(int=2)}, before) == decisions.decided(move, ME)
