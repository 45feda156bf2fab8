"""Generic actions: what a verb is called with, and what becomes of what it gives."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.compiler.domain import Domain, compile_domain
from framework.errors import Conflict, Forbidden, Invalid, NotFound
from framework.identifiers import uuid7
from framework.spec.action import VerbRef
from tests.framework.actions.conftest import Folder, Note


def action(session: Session, name: str) -> Any:
    return session.domain.action("Note", name)


async def two_notes(session: Session) -> list[Request]:
    notes = await session.create_all(Note.write, [{"title": "a"}, {"title": "b"}])
    return [Request(id=note.id) for note in notes]


async def test_a_verb_gets_all_calls_at_once_with_their_arguments_typed(session: Session) -> None:
    results = await session.perform(
        action(session, "measure_all"), [Request({"word": "four"}), Request({"word": "six", "factor": 2})]
    )
    assert results == [4, 6]


async def test_a_missing_argument_is_named_before_the_verb_is_loaded(session: Session) -> None:
    with pytest.raises(Invalid, match="`word` is required"):
        await session.perform(action(session, "measure_all"), [Request({})])


async def test_a_verb_that_gives_what_is_not_declared_is_a_fault_of_ours(session: Session) -> None:
    with pytest.raises(TypeError, match=r"`Note\.measure_all` gave what it does not declare"):
        await session.perform(action(session, "measure_all"), [Request({"word": "lie"})])


async def test_a_verb_that_forgets_a_call_is_a_fault_of_ours(session: Session) -> None:
    with pytest.raises(TypeError, match="gave 1 results for 2 calls"):
        await session.perform(session.domain.action("Note", "forgetful"), [Request(), Request()])


async def test_one_failed_call_is_raised_under_its_index(session: Session) -> None:
    with pytest.raises(Conflict) as caught:
        await session.perform(action(session, "fragile"), await two_notes(session))
    assert [issue.path for issue in caught.value.issues] == [(1, "id")]


async def test_all_failed_calls_are_raised_each_under_its_index(session: Session) -> None:
    requests = await two_notes(session)
    with pytest.raises(Conflict) as caught:
        await session.perform(action(session, "fragile"), [requests[0], requests[1], requests[0], requests[1]])
    assert [issue.path for issue in caught.value.issues] == [(1, "id"), (3, "id")]


async def test_whoever_attempts_gets_each_failure_in_its_place(session: Session) -> None:
    first, second = await session.attempt(action(session, "fragile"), await two_notes(session))
    assert first == "fine"
    assert isinstance(second, Conflict)


async def test_a_call_on_a_record_needs_its_key(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.perform(action(session, "fragile"), [Request()])
    assert caught.value.issues[0].path == ("id",)


async def test_a_verb_about_records_that_are_not_there_is_not_called_and_all_of_them_are_told(session: Session) -> None:
    absent = [uuid7(), uuid7()]
    with pytest.raises(NotFound) as caught:
        await session.perform(action(session, "fragile"), [Request(id=key) for key in absent])
    assert [(issue.path, issue.params["id"]) for issue in caught.value.issues] == [
        ((0, "id"), str(absent[0])),
        ((1, "id"), str(absent[1])),
    ]


async def test_an_action_of_another_domain_is_forbidden_at_every_door(session: Session) -> None:
    foreign = compile_domain(Domain("others", [Folder, Note])).resources["Note"].actions
    asked = [
        session.perform(foreign["write"], [Request({"title": "a"})]),
        session.attempt(foreign["measure_all"], [Request({"word": "a"})]),
        session.page(foreign["browse"], Query().limited(-1)),
        session.total(foreign["browse"], Query()),
        session.find(foreign["browse"], ["no key"]),
    ]
    refused = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(failure) for failure in refused] == [Forbidden] * len(asked)


async def test_a_read_is_not_performed(session: Session) -> None:
    with pytest.raises(LookupError, match=r"`Note\.browse` is of the kind read, which is not performed"):
        await session.perform(action(session, "browse"), [Request()])


async def test_an_argument_that_a_read_does_not_have_is_named(session: Session) -> None:
    with pytest.raises(Invalid, match=r"`Note\.browse` takes no `titel`"):
        await session.read(Note.browse, titel="x")


def test_a_verb_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(LookupError, match="there is no `measure_none` in measure_verb"):
        load_verb(VerbRef("measure_verb", "measure_none"))
