"""The process of one verb: `python -m framework.cli.verb_process`, with its order on standard input.

It has an engine of its own, and ends with its parent. Asked to end, it cancels the work, which takes back what it did.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from framework.actions.verb import load_verb
from framework.cli.declared import declared
from framework.errors import Failure
from framework.log_lines import configure_logging
from framework.processes.verb_process import Order, told
from framework.runtime.heap import bound_heap
from framework.runtime.orphan import end_without
from framework.runtime.runtime import assemble
from framework.settings import Settings

# One for reads, one for transactions.
CONNECTIONS = 1
# The process that answers many has the processor first where there is not enough of it for both.
NICENESS = 5


def main() -> None:
    """Carries out the order, and says what came of it."""
    bound_heap()
    _go_last()
    said = orjson.loads(sys.stdin.buffer.read())
    end_without(said["parent"])
    # Whatever is printed is no answer.
    answer, sys.stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb"), sys.stderr
    settings = Settings.model_validate(said["settings"])
    configure_logging(settings.log_level, style="json" if settings.log_json else "console")
    with answer:
        answer.write(told(asyncio.run(_carried_out(Order.of(said), settings))))


def _go_last() -> None:
    """Has others have the processor first. Where Linux shares it among sessions, this one is told as a whole."""
    os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS), "ascii")


async def _carried_out(order: Order, settings: Settings) -> Any:
    work = asyncio.current_task()
    assert work is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    runtime = assemble(declared(settings).spec, settings, connections=CONNECTIONS)
    try:
        return await load_verb(order.verb)(runtime.engine.session(order.context).entered(), **order.arguments)
    except Failure as failure:
        return failure
    finally:
        await runtime.close()


if __name__ == "__main__":
    main()
