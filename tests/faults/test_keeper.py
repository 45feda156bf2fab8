"""The keeper of the embedded servers, killed: its servers go with it, and come back with the next one."""

from __future__ import annotations

from tests.faults.conftest import SLOW, TRIALS, User
from tests.faults.system import System


async def test_the_servers_come_back_when_their_keeper_is_killed(system: System, user: User) -> None:
    calm = await user.undisturbed()
    watched = await user.optimize(await user.subject(**SLOW))
    await watched.until_trial(2)
    killed = system.keeper
    killed.kill()
    await watched.until_end()
    assert watched.story == calm.story
    assert watched.in_order
    assert await user.trials(watched) == list(range(1, TRIALS + 1))
    assert system.keeper != killed
