"""What can befall an installation: a process is killed or stands still, all of it is deployed anew, a table changes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from random import Random

import psutil
import psycopg

from framework.testing.until import PATIENCE, until
from tests.soak.place import Place
from tests.soak.roles import Role, process_of

# Gives how many seconds passed until nothing was left of what it ended, where it ended all of it.
Blow = Callable[[Place, Random], Awaitable[float | None]]
STANDS_STILL = (0.5, 9.0)
ALTERING = (
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS soak_latency ON executions (latency_ms)",
    "DROP INDEX CONCURRENTLY IF EXISTS soak_latency",
    "ALTER TABLE executions ADD COLUMN IF NOT EXISTS soak_note text",
    "ALTER TABLE executions DROP COLUMN IF EXISTS soak_note",
    "ALTER TABLE jobs ADD COLUMN IF NOT EXISTS soak_note text DEFAULT 'soaked'",
    "ALTER TABLE jobs DROP COLUMN IF EXISTS soak_note",
    "REINDEX TABLE CONCURRENTLY jobs",
    "VACUUM (ANALYZE) events",
)


def killed(role: Role) -> Blow:
    """Whoever plays the part is killed; an installation whose `up` was killed is started again."""

    async def fall(place: Place, chance: Random) -> float | None:
        (await _found(place, role, chance)).send_signal(signal.SIGKILL)
        if role is not Role.UP:
            return None
        gone = await place.until_gone()
        await place.begin_again()
        return gone

    return fall


def standing_still(role: Role) -> Blow:
    """Whoever plays the part does nothing for a while, and then goes on as if that had not been."""

    async def fall(place: Place, chance: Random) -> float | None:
        found = await _found(place, role, chance)
        found.suspend()
        await asyncio.sleep(chance.uniform(*STANDS_STILL))
        found.resume()
        return None

    return fall


def restarted(role: Role) -> Blow:
    """Whoever plays the part is asked to end; all of it is started again where that was `up`."""

    async def fall(place: Place, chance: Random) -> float | None:
        (await _found(place, role, chance)).send_signal(signal.SIGTERM)
        if role is not Role.UP:
            return None
        gone = await place.until_gone()
        await place.begin_again()
        return gone

    return fall


async def altered(place: Place, chance: Random) -> float | None:
    """A table is changed under everybody's hands, as a careful administrator does; it may also not come to that."""
    try:
        async with await place.tables.connected() as connection:
            await connection.set_autocommit(True)
            await connection.execute("SET lock_timeout = '2s'")
            await connection.execute(chance.choice(ALTERING).encode())
    except psycopg.Error as error:
        place.unaltered.append(str(error))
    return None


async def _found(place: Place, role: Role, chance: Random) -> psutil.Process:
    """The process, as soon as there is one."""
    found: list[psutil.Process] = []

    async def looked() -> bool:
        # What has given up is started again by whoever looks for it.
        await place.ready()
        process = process_of(role, place.system, chance)
        found.extend([process] if process else [])
        return bool(found)

    await until(looked, seconds=PATIENCE)
    return found[0]
