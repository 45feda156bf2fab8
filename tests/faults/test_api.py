"""The API, killed while clients listen to it."""

from __future__ import annotations

import asyncio

from framework.testing.until import until
from tests.faults.conftest import SLOW, TRIALS, User
from tests.faults.system import System


async def test_watchers_of_a_killed_api_miss_nothing(system: System, user: User) -> None:
    calm = await user.undisturbed()
    watched = await user.optimize(await user.subject(**SLOW))
    others = [watched.another() for _ in range(3)]
    watching = [asyncio.create_task(each.until_end()) for each in (watched, *others)]
    await until(lambda: all(len(each.trials) >= 2 for each in (watched, *others)))
    killed = system.api
    killed.kill()
    await asyncio.gather(*watching)
    for each in (watched, *others):
        assert each.story == calm.story
        assert each.in_order
        assert each.connections > 1
    assert await user.trials(watched) == list(range(1, TRIALS + 1))
    assert (await user.job(watched))["attempt"] == 1
    assert system.api != killed
