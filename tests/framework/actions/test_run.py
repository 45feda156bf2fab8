"""Generic actions: what a verb is called with, and what becomes of what it gives."""

from __future__ import annotations

from typing import Any

import pytest

from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.errors import Conflict, Invalid
from framework.identifiers import uuid7
from framework.spec.action import VerbRef


def action(session: Session, name: str) -> Any:
    return session.domain.action("Note", name)


async def test_a_verb_gets_all_calls_at_once_with_their_arguments_typed(session: Session) -> None:
    results = await session.perform(
        action(session, "measure_all"), [Request({"word": "four"}), Request({"word": "six", "factor": "2"})]
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
        await session.perform(action(session, "fragile"), [Request(id=uuid7()), Request(id=uuid7())])
    assert caught.value.issues[0].path == (1, "id")


async def test_whoever_attempts_gets_each_failure_in_its_place(session: Session) -> None:
    first, second = await session.attempt(action(session, "fragile"), [Request(id=uuid7()), Request(id=uuid7())])
    assert first == "fine"
    assert isinstance(second, Conflict)


async def test_a_call_on_a_record_needs_its_key(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.perform(action(session, "fragile"), [Request()])
    assert caught.value.issues[0].path == ("id",)


def test_a_verb_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(LookupError, match="there is no `measure_none` in measure_verb"):
        load_verb(VerbRef("measure_verb", "measure_none"))
