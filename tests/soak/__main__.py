"""`make soak`: kills of all seven processes at random, with everything going on, and what has to hold in the end.

KILLS says how many (200), SEED which (1); with MIX=all there are deploys, processes that stand still and DDL among
them, and after MINUTES (60) no more of them falls. It ends with a table, and with 1 if any promise was broken.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx

from framework.compiler.domain import compile_domain
from resources import PLATFORM
from tests.faults.conftest import mistakes
from tests.installation.graphql_client import GraphqlClient
from tests.installation.rest_client import RestClient
from tests.soak.caller import Caller
from tests.soak.cancelling import Cancelling
from tests.soak.executing import Executing
from tests.soak.importing import Importing
from tests.soak.jobs import Jobs
from tests.soak.outcomes import RunKind
from tests.soak.part import Part, Verdict
from tests.soak.place import Place
from tests.soak.report import put_gave_up, put_held, put_refusals, put_struck, put_verdicts, say
from tests.soak.runs import Runs
from tests.soak.strikes import Mix, Strike, Struck, planned, struck_by
from tests.soak.subscribing import Subscribing
from tests.soak.writing import Writing

ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to befall it, and after how many seconds no more of that does."""

    strikes: Sequence[Strike]
    seconds: float


async def main(kills: int, seed: int, mix: Mix, minutes: float) -> int:
    """All of it, in a folder of its own, which stays if anything was found."""
    folder = Path(tempfile.mkdtemp(prefix="dspex-soak-"))
    say(f"{kills} kills, mix {mix}, seed {seed}, in {folder}")
    place = await Place.opened(folder)
    try:
        chance = Random(seed)
        plan = Plan(list(planned(kills, mix, chance)), minutes * 60)
        verdicts = await _run(place, plan, chance)
        await place.system.end()
        left = [str(process) for each in (*place.earlier, place.system) for process in each.left()]
    finally:
        await place.system.end()
    verdicts = [*verdicts, Verdict("no process is left at the end", len(place.earlier) + 1, left)]
    put_verdicts(verdicts)
    if all(each.kept for each in verdicts):
        shutil.rmtree(folder)
        return 0
    say(f"\nlogs and data are in {folder}")
    return 1


async def _run(place: Place, plan: Plan, chance: Random) -> list[Verdict]:
    async with httpx.AsyncClient(base_url=place.url, trust_env=False, timeout=ANSWER_SECONDS) as http:
        domain = compile_domain(PLATFORM)
        caller = Caller(RestClient(domain, http), await GraphqlClient.introspected(domain, http))
        parts: list[Part] = [
            Executing(caller, chance),
            Writing(caller),
            Importing(caller, chance),
            Runs(caller, place.url, RunKind.OPTIMIZATION),
            Runs(caller, place.url, RunKind.EVALUATION),
            Cancelling(caller, chance),
            Subscribing(place.url, place.tables),
            Jobs(caller, place.tables),
        ]
        for part in parts:
            await part.prepare()
        say("all is prepared")
        struck, verdicts = await _disturbed(place, parts, plan, chance)
        for part in parts:
            verdicts += await part.verdicts(place.tables)
        said = [each for name in ("api", "worker") for each in mistakes(place.logs(name))]
        verdicts.append(Verdict("nobody is told what no kill explains", caller.asked, caller.surprises))
        verdicts.append(Verdict("no error is logged that no kill explains", len(struck), said))
        put_struck(struck)
        put_refusals(caller.refused, caller.asked)
        put_gave_up(place.gave_up)
        put_held(place.logs("api"))
        return verdicts


async def _disturbed(
    place: Place, parts: Sequence[Part], plan: Plan, chance: Random
) -> tuple[list[Struck], list[Verdict]]:
    """Everybody works while the blows fall; then all that was begun comes to its end."""
    over, struck = asyncio.Event(), []
    working = [asyncio.create_task(part.work(over)) for part in parts]
    until = time.monotonic() + plan.seconds
    for number, strike in enumerate(plan.strikes, 1):
        if time.monotonic() >= until:
            break
        struck.append(await struck_by(strike, place, chance))
        took = "" if struck[-1].ready is None else f": served again after {struck[-1].ready:.1f} s"
        say(f"{number}/{len(plan.strikes)} {strike.name}{took}")
    over.set()
    await place.until_ready()
    await asyncio.gather(*working)
    began, late = time.monotonic(), []
    # Whatever watches the others comes last.
    for part in sorted(parts, key=lambda part: isinstance(part, Subscribing)):
        try:
            await part.settle()
        except TimeoutError:
            late.append(f"{type(part).__name__} after {time.monotonic() - began:.0f} s")
    say(f"settled {time.monotonic() - began:.1f} s after the last blow")
    return struck, [Verdict("all that was begun comes to its end soon", len(parts), late)]


if __name__ == "__main__":
    given = {"KILLS": "200", "SEED": "1", "MIX": "kills", "MINUTES": "60", **os.environ}
    mixed, minutes = Mix(given["MIX"]), float(given["MINUTES"])
    sys.exit(asyncio.run(main(int(given["KILLS"]), int(given["SEED"]), mixed, minutes)))
