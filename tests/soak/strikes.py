"""What is done to the processes, at random moments of a seeded plan, and how soon the API answered after it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import psutil

from framework.testing.until import until
from tests.soak.place import Place
from tests.soak.roles import Role, process_of

PAUSES = (0.3, 4.0)
# So often the next blow does not wait until the system has got up from the one before.
HASTE = 0.25


@dataclass(frozen=True, slots=True)
class Strike:
    """One blow of the plan: the role it falls on, after which pause, and whether the next one waits."""

    role: Role
    pause: float
    waits: bool

    @property
    def name(self) -> str:
        """As the table has it."""
        return self.role.value


@dataclass(frozen=True, slots=True)
class Struck:
    """A blow that fell, and what it took: seconds until the API answered, and until an orphaned system was gone."""

    strike: Strike
    ready: float | None = None
    gone: float | None = None


def planned(count: int, chance: Random) -> Iterator[Strike]:
    """Each role as often as any other, in any order."""
    roles = [role for _ in range(count // len(Role) + 1) for role in Role]
    chance.shuffle(roles)
    for role in roles[:count]:
        yield Strike(role, chance.uniform(*PAUSES), chance.random() >= HASTE)


async def killed(place: Place, strike: Strike, chance: Random) -> Struck:
    """Kills whoever plays the part."""
    await asyncio.sleep(strike.pause)
    found = await _found(place, strike.role, chance)
    found.send_signal(signal.SIGKILL)
    gone = None
    if strike.role is Role.UP:
        gone = await place.until_gone()
        await place.begin_again()
    return Struck(strike, await place.until_ready() if strike.waits else None, gone)


async def _found(place: Place, role: Role, chance: Random) -> psutil.Process:
    """The process, as soon as there is one."""
    found: list[psutil.Process] = []

    async def looked() -> bool:
        # What has given up is started again by whoever looks for it.
        await place.ready()
        process = process_of(role, place.system, chance)
        found.extend([process] if process else [])
        return bool(found)

    await until(looked)
    return found[0]
