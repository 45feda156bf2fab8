"""The processes that `up` keeps: started, started anew when they die, ended in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from framework.cli.child_log import ChildLog
from framework.cli.silence import silent
from framework.errors import Unavailable
from framework.package_name import FRAMEWORK, finding_ours

# A child that lived this long was well: the next pause is the shortest again.
WELL_SECONDS = 30.0
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# Longer than the bound within which each of them ends by itself.
GRACE_SECONDS = 12.0
# How long one that hangs has to say where it is.
SAYING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Child:
    """One command of `dspex` as a process of its own, where its words go, and after which silence it hangs.

    Open files that are `handed` to it have the same numbers there.
    """

    command: str
    log: ChildLog
    environment: Mapping[str, str]
    hang_seconds: float = 0.0
    options: Sequence[str] = ()
    handed: Sequence[int] = ()

    async def start(self, said: int, beats: int, restarts: int = 0) -> asyncio.subprocess.Process:
        """Starts it, its words going to the open file `said` and its pulse to `beats`.

        It has a session of its own: the terminal's Ctrl-C is for its parent, which ends it in order.
        """
        argv = (sys.executable, "-P", "-m", f"{FRAMEWORK}.cli.main", self.command)
        return await asyncio.create_subprocess_exec(
            *argv,
            *self.options,
            *("--parent", str(os.getpid()), "--restarts", str(restarts), "--beats", str(beats)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=finding_ours(self.environment),
            start_new_session=True,
            pass_fds=(beats, *self.handed),
        )


async def keep(child: Child, *, ready: asyncio.Event, tell: Callable[[str], None]) -> None:
    """Runs the child until this is cancelled. That it ends before everything is ready is a mistake to be told.

    One that was killed has made none, whoever did it: most often the system, for want of memory. That want may keep a
    child from being started, too, and is waited out.
    """
    deaths, restarts, say = 0, 0, partial(told, tell)
    while True:
        began = time.monotonic()
        try:
            code = await _lived(child, restarts, say)
        except Exception as error:
            if not ready.is_set():
                raise Unavailable(f"`dspex {child.command}` cannot be started: {error}", code="not_started") from error
            deaths += 1
            pause = _pause(deaths)
            say(f"{child.command} cannot be started ({error}), which is tried again in {pause:g} s")
            await asyncio.sleep(pause)
            continue
        if not ready.is_set() and code != -signal.SIGKILL:
            words = f"`dspex {child.command}` did not start; it said:\n{child.log.last_words}"
            raise Unavailable(words, code="not_started")
        deaths = 1 if time.monotonic() - began > WELL_SECONDS else deaths + 1
        restarts += 1
        pause = _pause(deaths)
        say(f"{child.command} ended with {code} and is started again in {pause:g} s; see {child.log.path}")
        await asyncio.sleep(pause)


def _pause(deaths: int) -> float:
    return PAUSES[min(deaths, len(PAUSES)) - 1]


def told(tell: Callable[[str], None], text: str) -> None:
    """Tells it if it can be told: whoever read it may have gone, which is no reason to stop keeping anybody."""
    with suppress(OSError, ValueError):
        tell(text)


async def _lived(child: Child, restarts: int, tell: Callable[[str], None]) -> int:
    # Pipes of our own: one of asyncio's would have `wait` wait for all who hold it, not for the child alone.
    (reading, writing), (beats, beating) = _two_pipes()
    try:
        process = await child.start(writing, beating, restarts)
    except BaseException:
        os.close(reading)
        os.close(beats)
        raise
    finally:
        os.close(writing)
        os.close(beating)
    following = asyncio.ensure_future(child.log.follow(reading))
    listening = asyncio.ensure_future(silent(beats, child.hang_seconds))
    ended = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait((ended, listening), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            tell(f"{child.command} has not gone on for {child.hang_seconds:g} s and is ended; see {child.log.path}")
            await _kill(process, ended)
        return await ended
    finally:
        listening.cancel()
        await _end(process)
        # Somebody who left the process group may hold the pipe for as long as it likes.
        await asyncio.wait((following,), timeout=GRACE_SECONDS)
        following.cancel()
        await asyncio.gather(following, listening, ended, return_exceptions=True)


def _two_pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    first = os.pipe()
    try:
        return first, os.pipe()
    except OSError:
        for end in first:
            os.close(end)
        raise


async def _kill(process: asyncio.subprocess.Process, ended: asyncio.Future[int]) -> None:
    """Ends what hangs, after it has said where; one that is stopped as a whole says nothing."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGUSR2)
    await asyncio.wait((ended,), timeout=SAYING_SECONDS)
    with suppress(ProcessLookupError):
        process.kill()


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
