"""The processes that `up` keeps: started, started anew when they die, ended in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from framework.errors import Unavailable
from framework.package_name import FRAMEWORK, finding_ours

# A child that lived this long was well: the next pause is the shortest again.
WELL_SECONDS = 30.0
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# Longer than the bound within which each of them ends by itself.
GRACE_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Child:
    """One command of `dspex` as a process of its own, and where its words go."""

    command: str
    log: Path
    environment: Mapping[str, str]

    async def start(self) -> asyncio.subprocess.Process:
        """Starts it, in a session of its own: the terminal's Ctrl-C is for its parent, which ends it in order."""
        argv = (sys.executable, "-P", "-m", f"{FRAMEWORK}.cli.main", self.command, "--parent", str(os.getpid()))
        opened = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=opened,
                stderr=opened,
                env=finding_ours(self.environment),
                start_new_session=True,
            )
        finally:
            os.close(opened)


async def keep(child: Child, *, ready: asyncio.Event, tell: Callable[[str], None]) -> None:
    """Runs the child until this is cancelled. Before everything is ready, its death is a mistake to be told."""
    deaths = 0
    while True:
        began, said_before = time.monotonic(), child.log.stat().st_size if child.log.exists() else 0
        code = await _lived(child)
        if not ready.is_set():
            words = _last_words(child.log, said_before)
            raise Unavailable(f"`dspex {child.command}` did not start; it said:\n{words}", code="not_started")
        deaths = 1 if time.monotonic() - began > WELL_SECONDS else deaths + 1
        pause = PAUSES[min(deaths, len(PAUSES)) - 1]
        tell(f"{child.command} ended with {code} and is started again in {pause:g} s; see {child.log}")
        await asyncio.sleep(pause)


def _last_words(log: Path, since: int) -> str:
    """The end of what was logged since then; what an earlier run has said is not about this one."""
    with log.open("rb") as file:
        file.seek(since)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-15:])


async def _lived(child: Child) -> int:
    process = await child.start()
    try:
        return await process.wait()
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends it politely, then by force, with whatever it has forked."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
