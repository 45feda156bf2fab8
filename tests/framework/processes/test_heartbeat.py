"""The heartbeat of a process outlives a database that says nothing for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.data.selection import Selection
from framework.errors import Unavailable
from framework.processes import heartbeat
from framework.processes.heartbeat import Heartbeat
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.sql.timeouts import Timeouts
from framework.testing.until import until
from tests.framework.sql.falling_silent import falling_silent

# Nothing but the bound of the heartbeat itself ends its wait.
FOR_EVER = Timeouts(statement=0)


async def seen_at(layer: SqlLayer) -> datetime:
    async with layer.snapshot_read() as reader:
        (row,) = await reader.read(Selection(layer.domain.of(ProcessHeartbeat), ("seen_at",)))
    found: Any = row["seen_at"]
    assert isinstance(found, datetime)
    return found


async def test_a_process_beats_again_after_a_beat_that_nobody_answered(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.1)
    domain = compile_domain(Domain("beats", [ProcessHeartbeat]))
    async with (
        open_layer(domain, fresh_database_url) as layer,
        falling_silent(fresh_database_url) as server,
        open_layer(domain, server.url, timeouts=FOR_EVER) as beyond,
    ):
        await create_tables(layer)
        beating = Heartbeat(domain, beyond)
        async with beating.work():
            pass
        monkeypatch.setattr(heartbeat, "ANSWER_SECONDS", 0.5)
        server.silent = True
        await until(lambda: server.swallowed > 0)
        before = await seen_at(layer)
        server.silent = False

        async def again() -> bool:
            return await seen_at(layer) > before

        await until(again)
        await beating.close()


async def test_an_id_under_which_work_broke_off_is_heard_of_for_as_long_as_other_work_goes_on_under_it(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    domain = compile_domain(Domain("beats", [ProcessHeartbeat]))
    async with open_layer(domain, fresh_database_url) as layer:
        await create_tables(layer)
        beating = Heartbeat(domain, layer)
        async with beating.work() as other:
            with pytest.raises(Unavailable):
                async with beating.work() as broken_off:
                    raise Unavailable("its end could not be written")
            async with beating.work() as next_one:
                assert (broken_off, next_one != other) == (other, True)
                await heard_of(layer, other, next_one)
        async with beating.work() as last:
            assert last == next_one
            await heard_of(layer, last)
            before = await moments(layer)
            await heard_of(layer, last)
            assert (await moments(layer))[other] == before[other]
        await beating.close()


async def moments(layer: SqlLayer) -> dict[UUID, datetime]:
    async with layer.snapshot_read() as reader:
        rows = await reader.read(Selection(layer.domain.of(ProcessHeartbeat), ("id", "seen_at")))
    return {row["id"]: row["seen_at"] for row in rows}


async def heard_of(layer: SqlLayer, *ids: UUID) -> None:
    """Waits until each has been heard of twice from now on: what had begun before is over by then."""
    for _ in range(2):
        before = await moments(layer)

        async def again(before: dict[UUID, datetime] = before) -> bool:
            now = await moments(layer)
            return all(now[each] > before[each] for each in ids)

        await until(again)


async def test_what_is_under_way_is_told_and_what_takes_long_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = compile_domain(Domain("beats", [ProcessHeartbeat]))
    beating = Heartbeat(domain, MemoryLayer(domain))

    def told() -> tuple[float, ...]:
        return tuple(figure.value for figure in beating.figures())[:2]

    async with beating.work(), beating.work():
        assert told() == (2, 0)
        assert beating.figures()[2].value > 0
        monkeypatch.setattr(heartbeat, "LONG_SECONDS", 0.0)
        assert told() == (0, 2)
    assert tuple(figure.value for figure in beating.figures()) == (0, 0, 0)
    await beating.close()
