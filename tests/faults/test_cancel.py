"""Work that is called off."""

from __future__ import annotations

import asyncio

from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import PATIENCE
from tests.faults.conftest import User


async def test_a_search_is_called_off_though_its_model_hangs(user: User, endpoint: ModelServer) -> None:
    # The model would be waited for much longer than this test lasts.
    subject = await user.subject(provider="openai_compatible", model="any", api_base=endpoint.url, timeout_seconds=600)
    watched = await user.optimize(subject)
    await watched.until_trial(2)
    endpoint.fail(Fault.HANG)
    endpoint.arrived.clear()
    assert await asyncio.to_thread(endpoint.arrived.wait, PATIENCE)
    asked = (await user.graphql.act("Optimization.cancel", watched.id)).made
    assert asked["state"] == "cancelling"
    await watched.until_end()
    assert watched.seen[-1]["state"] == "cancelled"
    assert (await user.optimization(watched))["state"] == "cancelled"
    assert (await user.job(watched))["state"] == "cancelled"
    assert await user.trials(watched) == watched.trials

    # The hands that let go of it are free for other work.
    endpoint.fail(None)
    others = [await user.evaluate(subject) for _ in range(2)]
    await asyncio.gather(*(other.until_end() for other in others))
    assert [other.seen[-1]["state"] for other in others] == ["succeeded", "succeeded"]
