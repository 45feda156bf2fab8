from __future__ import annotations

from collections.abc import Sequence

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.data.protocols import Executes
from framework.declare.verbs import verb
from framework.errors import Failure
from framework.runtime.runtime import assemble
from framework.settings import Settings, load_settings
from framework.spec.layer import LayerRef
from framework.standard import STANDARD


class Line:
    """Something that is open until it is closed."""

    def __init__(self) -> None:
        self.open = True

    async def execute(self, calls: Sequence[str]) -> list[str | Failure]:
        return list(calls)

    async def aclose(self) -> None:
        self.open = False


def open_line(settings: Settings) -> Line:
    return Line()


LINE: LayerRef[Executes[str, str]] = LayerRef("line", verb("tests.framework.runtime.test_runtime:open_line"))


async def test_a_process_that_ends_closes_the_layers_it_opened() -> None:
    domain = compile_domain(Domain("lines", extensions=STANDARD, layers=[LINE]))
    runtime = assemble(domain, load_settings(database_url="postgresql://nowhere/x", redis_url="redis://nowhere/0"))
    line = runtime.engine.session().layers[LINE]
    assert getattr(line, "open") is True  # noqa: B009 - the protocol says nothing of it
    await runtime.close()
    assert getattr(line, "open") is False  # noqa: B009 - as above


class StuckLine(Line):
    """One that fails to close."""

    async def aclose(self) -> None:
        raise OSError("stuck")


def open_stuck_line(settings: Settings) -> StuckLine:
    return StuckLine()


STUCK: LayerRef[Executes[str, str]] = LayerRef("stuck", verb("tests.framework.runtime.test_runtime:open_stuck_line"))


async def test_a_layer_that_fails_to_close_keeps_no_connection_open() -> None:
    domain = compile_domain(Domain("stuck", extensions=STANDARD, layers=[STUCK]))
    runtime = assemble(domain, load_settings(database_url="postgresql://nowhere/x", redis_url="redis://nowhere/0"))
    assert isinstance(runtime.engine.session().layers[STUCK], StuckLine)
    pools = runtime.layer.engine.pool, runtime.layer.reads.pool
    with pytest.raises(OSError, match="stuck"):
        await runtime.close()
    # Closed connections leave an empty pool in the place of theirs.
    assert runtime.layer.engine.pool is not pools[0]
    assert runtime.layer.reads.pool is not pools[1]
