from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence

import pytest

from framework.actions.layers import Layers, layers_of
from framework.compiler.domain import Domain, compile_domain
from framework.data.protocols import Executes
from framework.declare.verbs import verb
from framework.errors import Failure
from framework.settings import Settings, load_settings
from framework.spec.layer import LayerRef


class Echo:
    """Answers with the question."""

    def __init__(self, name: str = "echo") -> None:
        self.name = name
        self.closed = 0

    async def execute(self, calls: Sequence[str]) -> list[str | Failure]:
        return [f"{self.name}: {call}" for call in calls]

    async def aclose(self) -> None:
        self.closed += 1


class Stuck(Echo):
    """Cannot be closed."""

    async def aclose(self) -> None:
        raise OSError("stuck")


def open_echo(settings: Settings) -> Echo:
    return Echo(settings.host)


ECHO: LayerRef[Executes[str, str]] = LayerRef("echo", verb(f"{__name__}:open_echo"))


def test_a_layer_is_opened_when_it_is_first_asked_for_and_once() -> None:
    opened: list[Echo] = []

    def opens() -> Echo:
        opened.append(Echo())
        return opened[-1]

    layers = Layers({ECHO: opens})
    assert opened == []
    assert layers[ECHO] is layers[ECHO]
    assert len(opened) == 1


async def test_a_layer_of_the_domain_is_made_of_the_settings_of_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[open_echo.__module__])
    layers = layers_of(compile_domain(Domain("echoes", layers=[ECHO])), load_settings(host="::1"))
    assert await layers[ECHO].execute(["a", "b"]) == ["::1: a", "::1: b"]


def test_a_layer_that_the_domain_does_not_name_is_not_opened() -> None:
    with pytest.raises(LookupError, match="the layer `echo` is none of the domain's: name it in the `layers`"):
        layers_of(compile_domain(Domain("silence")), load_settings())[ECHO]


async def test_what_was_opened_is_closed_even_when_another_cannot_be() -> None:
    echo, stuck = Echo(), Stuck()
    other = LayerRef[Executes[str, str]]("stuck", verb("no.such:module"))
    unused = LayerRef[Executes[str, str]]("unused", verb("no.such:module"))
    layers = Layers({ECHO: lambda: echo, other: lambda: stuck, unused: lambda: pytest.fail("was opened")})
    assert (layers[ECHO], layers[other]) == (echo, stuck)
    with pytest.raises(OSError, match="stuck"):
        await layers.aclose()
    assert echo.closed == 1
    await layers.aclose()
    assert echo.closed == 1


def test_naming_a_layer_loads_nothing_of_it() -> None:
    script = "import framework.lm.layer, sys; print('dspy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


async def test_the_event_loop_goes_on_while_a_layer_is_opened() -> None:
    goes_on = threading.Event()

    def slow() -> Echo:
        return Echo(f"the loop goes on: {goes_on.wait(10)}")

    ref: LayerRef[Executes[str, str]] = LayerRef("slow", verb("nowhere:opened"))
    layers = Layers({ref: slow})
    opening = asyncio.ensure_future(layers.opened(ref))
    await asyncio.sleep(0)
    goes_on.set()
    layer = await opening
    assert await layer.execute(["x"]) == ["the loop goes on: True: x"]
    assert await layers.opened(ref) is layer is layers[ref]
