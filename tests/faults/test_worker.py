"""Workers that are killed."""

from __future__ import annotations

import os
import signal

from framework.testing.until import until
from tests.faults.conftest import TRIALS, User
from tests.faults.stream import Watcher
from tests.faults.system import PATIENCE, System

SLOW = {"params": {"latency_ms": 60}}


async def undisturbed(user: User) -> Watcher:
    """The same search, with nothing in its way."""
    watched = await user.optimize(await user.subject(params={"latency_ms": 1}))
    await watched.until_end()
    return watched


async def test_a_killed_worker_costs_a_search_nothing(system: System, user: User) -> None:
    calm = await undisturbed(user)
    watched = await user.optimize(await user.subject(**SLOW))
    await watched.until_trial(2)
    killed = system.worker
    killed.kill()
    await watched.until_end()
    assert watched.story == calm.story
    assert watched.in_order
    assert watched.trials == list(range(1, TRIALS + 1))
    assert await user.trials(watched) == watched.trials
    assert (await user.job(watched))["attempt"] == 2
    assert (await user.optimization(watched))["state"] == "SUCCEEDED"
    assert system.worker != killed


async def test_a_killed_child_of_the_worker_costs_a_search_nothing(system: System, user: User) -> None:
    calm = await undisturbed(user)
    watched = await user.optimize(await user.subject(**SLOW))
    await watched.until_trial(3)
    worker = system.worker
    child = int((await user.job(watched))["lease_owner"].rpartition(":")[2])
    assert child in [process.pid for process in worker.children()]
    os.kill(child, signal.SIGKILL)
    await watched.until_end()
    assert watched.story == calm.story
    assert await user.trials(watched) == list(range(1, TRIALS + 1))
    assert (await user.job(watched))["attempt"] == 2
    assert system.worker == worker
