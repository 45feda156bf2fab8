"""What a step guards is held to by whatever carries the action out, and what is refused leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.memory import MemoryLayer
from framework.errors import Conflict, Failure, Invalid, NotFound
from framework.identifiers import uuid7
from framework.sql.engine import create_tables, open_layer
from tests.framework.actions.guarded import BOATS, Boat, Calls


@pytest.fixture(params=["memory", "postgres"])
async def session(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Session]:
    services: dict[type, Any] = {Calls: Calls([])}
    if request.param == "memory":
        yield Engine(BOATS, MemoryLayer(BOATS), services=services).session()
        return
    async with open_layer(BOATS, fresh_database_url) as layer:
        await create_tables(layer)
        yield Engine(BOATS, layer, services=services).session()


async def perform(session: Session, name: str, *requests: Request) -> list[Any]:
    return await session.perform(BOATS.action("Boat", name), requests)


async def owners(session: Session) -> list[str]:
    return sorted([boat.owner for boat in await session.read(Boat.browse)])


async def test_a_verb_is_held_to_the_guard_of_each_of_its_calls(session: Session) -> None:
    ann, bob = await session.create_all(Boat.build, [{"owner": "ann"}, {"owner": "bob"}])
    assert await perform(session, "row", Request({"by": "ann"}, ann.id), Request({"by": "bob"}, bob.id)) == [2, 2]
    session.services[Calls].seen.clear()
    with pytest.raises(Conflict) as caught:
        await perform(session, "row", Request({"by": "ann"}, ann.id), Request({"by": "ann"}, bob.id))
    assert [issue.path for issue in caught.value.issues] == [(1, "id")]
    with pytest.raises(NotFound):
        await perform(session, "row", Request({"by": "ann"}, uuid7()))
    assert session.services[Calls].seen == []


async def test_two_calls_about_one_record_are_each_held_to_their_own_guard(session: Session) -> None:
    ann = await session.create(Boat.build, {"owner": "ann"})
    with pytest.raises(Conflict) as caught:
        await perform(session, "row", *(Request({"by": by}, ann.id) for by in ("ann", "bob")))
    assert [issue.path for issue in caught.value.issues] == [(1, "id")]


async def test_a_create_is_held_to_its_guard_as_the_record_is_stored(session: Session) -> None:
    made = await perform(session, "build_own", Request({"owner": "ann", "by": "ann"}))
    assert [boat.owner for boat in made] == ["ann"]
    with pytest.raises(Conflict) as caught:
        await perform(session, "build_own", *(Request({"owner": o, "by": "ann"}) for o in ("ann", "bob")))
    assert [issue.path for issue in caught.value.issues] == [(1,)]
    assert await owners(session) == ["ann"]


async def test_a_create_that_its_guard_refuses_is_not_there_though_its_failure_is_caught(session: Session) -> None:
    async with session.transaction() as inner:
        with pytest.raises(Conflict):
            await perform(inner, "build_own", Request({"owner": "bob", "by": "ann"}))
        await perform(inner, "build", Request({"owner": "cid"}))
    assert await owners(session) == ["cid"]


async def test_a_guard_of_a_call_about_no_record_is_refused_by_the_name_of_its_step(session: Session) -> None:
    with pytest.raises(TypeError, match=r"`Only of the owner named\.` guards a record, and `Boat\.race` is about none"):
        await perform(session, "race", Request({"by": "ann"}))


async def test_a_verb_that_is_refused_after_before_leaves_nothing_of_it(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await perform(session, "equip", Request())
    assert [issue.path for issue in caught.value.issues] == [("oars",)]
    assert (await owners(session), session.services[Calls].seen) == ([], [])


async def test_an_attempt_gives_each_call_its_own_end(session: Session) -> None:
    ann, bob = await session.create_all(Boat.build, [{"owner": "ann"}, {"owner": "bob"}])
    requests = [
        Request({"by": 5}, ann.id),
        Request({"by": "ann"}, ann.id),
        Request({"by": "ann"}, uuid7()),
        Request({"by": "ann"}, bob.id),
        Request({"by": "bob"}, bob.id),
    ]
    ends = await session.attempt(BOATS.action("Boat", "row"), requests)
    assert [type(end) for end in ends] == [Invalid, int, NotFound, Conflict, int]
    assert [end.issues[0].path for end in ends if isinstance(end, Failure)] == [("by",), ("id",), ("id",)]
    assert session.services[Calls].seen == [ann.id, bob.id]


async def test_a_write_is_not_attempted(session: Session) -> None:
    with pytest.raises(LookupError, match="done for all requests or for none"):
        await session.attempt(BOATS.action("Boat", "build"), [Request({"owner": "ann"})])
