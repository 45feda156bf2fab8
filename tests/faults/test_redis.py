"""Redis that is killed: it only ever carries hints, so it takes nothing with it."""

from __future__ import annotations

import asyncio

from framework.testing.until import until
from tests.faults.conftest import SLOW, TRIALS, User
from tests.faults.system import System, answers


async def test_nothing_is_lost_with_redis(system: System, user: User) -> None:
    calm = await user.undisturbed()
    subject = await user.subject(**SLOW)
    watched = await user.optimize(subject)
    await watched.until_trial(1)
    with system.not_restarting_servers():
        system.redis.kill()
        queued = [await user.evaluate(subject) for _ in range(3)]
        assert await answers(system)
        await watched.until_trial(3)
    await asyncio.gather(watched.until_end(), *(each.until_end() for each in queued))
    assert watched.story == calm.story
    assert watched.in_order
    assert await user.trials(watched) == list(range(1, TRIALS + 1))
    assert [each.seen[-1]["state"] for each in queued] == ["succeeded"] * 3
    assert [(await user.job(each))["attempt"] for each in (watched, *queued)] == [1] * 4


async def test_workers_hear_of_new_jobs_again_after_redis_is_back(system: System, user: User) -> None:
    subject = await user.subject()
    killed = system.redis
    killed.kill()
    await until(lambda: not killed.is_running() and system.redis_runs)
    for _ in range(3):
        watched = await user.evaluate(subject)
        await watched.until_end()
        assert watched.seen[-1]["state"] == "succeeded"


async def test_a_redis_that_hangs_holds_up_no_work(system: System, user: User) -> None:
    subject = await user.subject(**SLOW)
    watched = await user.optimize(subject)
    await watched.until_trial(1)
    with system.hanging(system.redis):
        queued = await user.evaluate(subject)
        executed = await user.graphql.act("Program.execute", subject.program, inputs={"ticket": "refund my order"})
        assert executed.faults == ()
        await watched.until_end()
    await queued.until_end()
    assert [each.seen[-1]["state"] for each in (watched, queued)] == ["succeeded"] * 2
    assert watched.trials == list(range(1, TRIALS + 1))
