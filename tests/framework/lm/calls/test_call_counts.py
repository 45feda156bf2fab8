"""What a process tells of the models that it asks."""

from __future__ import annotations

import asyncio

from framework.lm.calls.bounds import Bounds
from framework.lm.calls.call import Call
from framework.lm.calls.execute import LmLayer
from framework.lm.models.model import ModelDefinition
from framework.testing.model_server import Fault, ModelServer
from framework.testing.until import until
from tests.framework.lm.triage import PROGRAM


def told(layer: LmLayer) -> dict[str, float]:
    return {f"{figure.name} {' '.join(figure.labels.values())}": figure.value for figure in layer.figures()}


async def test_calls_under_way_those_that_wait_and_those_that_failed_are_told_by_model() -> None:
    layer = LmLayer(bounds=Bounds(model_calls=1))
    with ModelServer() as server:
        call = Call(PROGRAM, {"ticket": "hi"}, ModelDefinition("corp", "openai_compatible", "m", server.url))
        server.fail(Fault.NO_AUTH)
        await layer.execute([call])
        assert told(layer) == {"dspex_model_failures_total corp model_auth": 1}
        server.fail(Fault.HANG)
        asking = asyncio.ensure_future(layer.execute([call, call]))
        await until(lambda: told(layer).get("dspex_model_calls_waiting corp") == 1)
        assert told(layer)["dspex_model_calls corp"] == 1
        asking.cancel()
        await asyncio.wait({asking})
    assert told(layer) == {"dspex_model_failures_total corp model_auth": 1}
    await layer.aclose()
