"""A seeded plan of blows at random moments, and how soon the API answered after each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.soak.blows import Blow, altered, killed, restarted, standing_still
from tests.soak.place import Place
from tests.soak.roles import Role

PAUSES = (0.3, 4.0)
# So often the next blow does not wait until the system has got up from the one before.
HASTE = 0.25
# One other blow to so many kills.
KILLS_TO_OTHERS = 2


class Mix(StrEnum):
    """What falls: kills alone, or deploys, pauses and DDL among them."""

    KILLS = "kills"
    ALL = "all"


OTHERS: dict[str, Blow] = {
    **{f"{role} stands still": standing_still(role) for role in Role},
    **{f"{role} is asked to end": restarted(role) for role in (Role.API, Role.WORKER, Role.UP)},
    "DDL": altered,
}
KILLS: dict[str, Blow] = {f"{role} is killed": killed(role) for role in Role}


@dataclass(frozen=True, slots=True)
class Strike:
    """One blow of the plan, after which pause, and whether the next one waits for the API to answer."""

    name: str
    blow: Blow
    pause: float
    waits: bool


@dataclass(frozen=True, slots=True)
class Struck:
    """A blow that fell, and what it took: seconds until the API answered, and until an ended system was gone."""

    name: str
    ready: float | None = None
    gone: float | None = None


def planned(kills: int, mix: Mix, chance: Random) -> Iterator[Strike]:
    """Each kind as often as any other of its sort, in any order."""
    names = _even(KILLS, kills, chance)
    if mix is Mix.ALL:
        names += _even(OTHERS, kills // KILLS_TO_OTHERS, chance)
        chance.shuffle(names)
    for name in names:
        yield Strike(name, {**KILLS, **OTHERS}[name], chance.uniform(*PAUSES), chance.random() >= HASTE)


async def struck_by(strike: Strike, place: Place, chance: Random) -> Struck:
    """Lets it fall."""
    await asyncio.sleep(strike.pause)
    gone = await strike.blow(place, chance)
    return Struck(strike.name, await place.until_ready() if strike.waits else None, gone)


def _even(blows: dict[str, Blow], count: int, chance: Random) -> list[str]:
    names = [name for _ in range(count // len(blows) + 1) for name in blows]
    chance.shuffle(names)
    return names[:count]
