"""`make soak`: kills of all seven processes at random, with everything going on, and what has to hold in the end.

KILLS says how many (200), SEED which (1). It ends with a table, and with 1 if any promise was broken.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
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
from tests.soak.report import put_gave_up, put_refusals, put_struck, put_verdicts, say
from tests.soak.runs import Runs
from tests.soak.strikes import Struck, killed, planned
from tests.soak.subscribing import Subscribing
from tests.soak.tables import Tables
from tests.soak.writing import Writing

ANSWER_SECONDS = 60.0


async def main(kills: int, seed: int) -> int:
    """All of it, in a folder of its own, which stays if anything was found."""
    folder = Path(tempfile.mkdtemp(prefix="dspex-soak-"))
    say(f"{kills} kills, seed {seed}, in {folder}")
    place = await Place.opened(folder)
    try:
        verdicts = await _run(place, kills, Random(seed))
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


async def _run(place: Place, kills: int, chance: Random) -> list[Verdict]:
    async with httpx.AsyncClient(base_url=place.url, trust_env=False, timeout=ANSWER_SECONDS) as http:
        domain = compile_domain(PLATFORM)
        caller = Caller(RestClient(domain, http), await GraphqlClient.introspected(domain, http))
        tables = Tables(place.data)
        parts: list[Part] = [
            Executing(caller, chance),
            Writing(caller),
            Importing(caller, chance),
            Runs(caller, place.url, RunKind.OPTIMIZATION),
            Runs(caller, place.url, RunKind.EVALUATION),
            Cancelling(caller, chance),
            Subscribing(place.url, tables),
            Jobs(tables),
        ]
        for part in parts:
            await part.prepare()
        say("all is prepared")
        struck, verdicts = await _disturbed(place, parts, kills, chance)
        for part in parts:
            verdicts += await part.verdicts(tables)
        said = [each for name in ("api", "worker") for each in mistakes(place.logs(name))]
        verdicts.append(Verdict("nobody is told what no kill explains", caller.asked, caller.surprises))
        verdicts.append(Verdict("no error is logged that no kill explains", len(struck), said))
        put_struck(struck)
        put_refusals(caller.refused, caller.asked)
        put_gave_up(place.gave_up)
        return verdicts


async def _disturbed(
    place: Place, parts: Sequence[Part], kills: int, chance: Random
) -> tuple[list[Struck], list[Verdict]]:
    """Everybody works while the kills fall; then all that was begun comes to its end."""
    over, struck = asyncio.Event(), []
    working = [asyncio.create_task(part.work(over)) for part in parts]
    for number, strike in enumerate(planned(kills, chance), 1):
        struck.append(await killed(place, strike, chance))
        say(f"{number}/{kills} {strike.role}: ready after {struck[-1].ready}")
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
    say(f"settled {time.monotonic() - began:.1f} s after the last kill")
    return struck, [Verdict("all that was begun comes to its end soon", len(parts), late)]


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(os.environ.get("KILLS", "200")), int(os.environ.get("SEED", "1")))))
