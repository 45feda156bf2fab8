"""What a caller expects of a record is looked at last: of a call that is allowed and sound, before it is written."""

from __future__ import annotations

from typing import Any

import pytest

from framework.actions.engine import Engine
from framework.actions.precondition import Precondition
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.errors import Conflict, Failure, Forbidden, NotFound
from framework.identifiers import uuid7
from tests.framework.actions.guarded import BOATS, Boat, Calls, Seat

OTHERS = compile_domain(Domain("others", [Boat, Seat]))


@pytest.fixture
def session() -> Session:
    return Engine(BOATS, MemoryLayer(BOATS), services={Calls: Calls([])}).session()


def owned_by(owner: str) -> Precondition:
    def check(boat: Any) -> None:
        if boat.owner != owner:
            raise Conflict(f"it is {boat.owner}'s", code="stale")

    return Precondition(Query(), check)


async def code_of(session: Session, name: str, given: dict[str, Any], *, of: Any, owner: str) -> str:
    with pytest.raises(Failure) as caught:
        await session.perform(BOATS.action("Boat", name), [Request(given, of, owned_by(owner))])
    return caught.value.issues[0].code


async def test_a_record_that_is_not_as_expected_is_not_written(session: Session) -> None:
    boat = await session.create(Boat.build, {"owner": "ann"})
    assert await code_of(session, "sell", {"owner": "bob"}, of=boat.id, owner="zoe") == "stale"
    assert await code_of(session, "sink", {}, of=boat.id, owner="zoe") == "stale"
    assert await code_of(session, "row", {"by": "ann"}, of=boat.id, owner="zoe") == "stale"
    assert session.services[Calls].seen == []
    sell = BOATS.action("Boat", "sell")
    (sold,) = await session.perform(sell, [Request({"owner": "bob"}, boat.id, owned_by("ann"))])
    assert sold.owner == "bob"


async def test_whatever_else_is_wrong_is_told_first(session: Session) -> None:
    boat = await session.create(Boat.build, {"owner": "ann"})
    assert await code_of(session, "sell", {"owner": "b" * 11}, of=boat.id, owner="zoe") == "string_too_long"
    assert await code_of(session, "sell", {"owner": "bob"}, of=uuid7(), owner="zoe") == NotFound.code
    with pytest.raises(Forbidden):
        await session.perform(OTHERS.action("Boat", "sell"), [Request({"owner": 5}, "x", owned_by("zoe"))])


async def test_what_is_loaded_of_a_destroyed_record_is_read_before_it_goes(session: Session) -> None:
    boat = await session.create(Boat.build, {"owner": "ann"})
    await session.create_all(Seat.build, [{"boat_id": boat.id}] * 2)
    query = Query().selecting("owner", "places").loading(seats=Query())
    (gone,) = await session.perform(BOATS.action("Boat", "sink"), [Request(id=boat.id)], query)
    assert (gone.owner, gone.places, len(gone.seats)) == ("ann", 2, 2)
    assert await session.read(Seat.browse) == []
