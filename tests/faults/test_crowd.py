"""Many clients at once, and few hands."""

from __future__ import annotations

import asyncio

from tests.faults.conftest import EXAMPLES, User
from tests.installation.answer import Asked


async def test_each_of_twenty_evaluations_is_carried_out_once(user: User) -> None:
    subject = await user.subject()
    watched = await asyncio.gather(*(user.evaluate(subject) for _ in range(20)))
    await asyncio.gather(*(each.until_end() for each in watched))
    for each in watched:
        assert [entry["state"] for entry in each.seen[:-1]] == ["running"] * (len(each.seen) - 1)
        assert each.seen[-1]["state"] == "succeeded"
        assert (await user.job(each))["attempt"] == 1
        executions = await user.graphql.list("Execution", Asked(filter={"evaluationId": {"eq": each.id}}, limit=100))
        keys = [execution["example_key"] for execution in executions.made["items"]]
        assert len(set(keys)) == len(keys) == EXAMPLES


async def test_two_searches_at_once_keep_to_themselves(user: User) -> None:
    small = {"params": {"num_candidates": 1}}
    calm = [await user.undisturbed(), await user.undisturbed(**small)]
    subjects = [await user.subject(params={"latency_ms": 20}) for _ in calm]
    both = await asyncio.gather(user.optimize(subjects[0]), user.optimize(subjects[1], **small))
    await asyncio.gather(*(each.until_end() for each in both))
    assert both[0].story != both[1].story
    assert [each.story for each in both] == [each.story for each in calm]
    for each in both:
        assert await user.trials(each) == each.trials
