"""Workers that are killed."""

from __future__ import annotations

import os
import signal

from framework.testing.model_server import ModelServer
from framework.testing.until import until
from tests.faults.conftest import SLOW, TRIALS, User
from tests.faults.recorded import recorded_calls
from tests.faults.system import System


async def test_a_killed_worker_costs_a_search_nothing(system: System, user: User) -> None:
    calm = await user.undisturbed()
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
    assert (await user.optimization(watched))["state"] == "succeeded"
    assert system.worker != killed


async def test_a_killed_child_of_the_worker_costs_a_search_nothing(system: System, user: User) -> None:
    calm = await user.undisturbed()
    watched = await user.optimize(await user.subject(**SLOW))
    await watched.until_trial(3)
    worker = system.worker
    child = int((await user.job(watched))["lease_owner"].rpartition(":")[2])
    assert child in [process.pid for process in worker.children()]
    os.kill(child, signal.SIGKILL)
    await watched.until_end()
    assert watched.story == calm.story
    assert watched.in_order
    assert await user.trials(watched) == list(range(1, TRIALS + 1))
    assert (await user.job(watched))["attempt"] == 2
    assert system.worker == worker


async def test_an_answer_on_record_is_not_asked_for_again(system: System, user: User, endpoint: ModelServer) -> None:
    endpoint.latency_seconds = 0.03
    watched = await user.optimize(await user.subject(provider="openai_compatible", model="any", api_base=endpoint.url))
    await watched.until_trial(3)
    killed = [system.worker, *system.worker.children()]
    killed[0].kill()
    await until(lambda: not any(process.is_running() for process in killed))
    known, asked = await recorded_calls(system, watched.id), endpoint.calls
    await watched.until_end()
    in_all = len(endpoint.asked)
    assert known > 0
    assert endpoint.calls - asked == in_all - known
    # What was on its way, or not yet on record, when the worker died; of anything else once is enough.
    assert endpoint.calls - in_all == asked - known
    assert await recorded_calls(system, watched.id) == 0
