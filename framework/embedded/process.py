"""One server's process: started by way of `launch.py`, stopped in order."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framework.embedded.account import Account

LAUNCH = Path(__file__).with_name("launch.py")
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, by whom, where its words go, and how it is asked to end (from polite to forceful).

    Folders that the account cannot reach by their paths are handed to it opened. Whoever holds one open can go up from
    it: what lies above has to be closed to the account. Those that are kept are locked, shared, for as long as it runs.
    """

    argv: Sequence[str]
    log: Path
    cwd: Path
    account: Account | None = None
    handed: Sequence[Path] = ()
    kept: Sequence[Path] = ()
    stop: Sequence[signal.Signals] = (signal.SIGTERM,)


async def start(command: Command) -> asyncio.subprocess.Process:
    """Start the command; it dies with this process, however this one ends."""
    account = command.account
    with command.log.open("ab") as log, _opened(command.handed) as handles, _opened(command.kept) as kept:
        for handle in kept.values():
            # The lock is the opened folder's, so the server and its children have it as long as any of them runs.
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        order = {
            "argv": [_by_handle(word, handles) for word in command.argv],
            "env": _environment(),
            "keeper": os.getpid(),
            "death_signal": int(command.stop[0]),
            "uid": account and account.uid,
            "gid": account and account.gid,
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(LAUNCH), json.dumps(order)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=command.cwd,
            start_new_session=True,
            pass_fds=(*handles.values(), *kept.values()),
        )


async def stop(process: asyncio.subprocess.Process, signals: Sequence[signal.Signals]) -> None:
    """End the process, each signal more forceful than the one before, and wait until it is gone."""
    for each in (*signals, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(each)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), PATIENCE)


async def run(command: Command) -> int:
    """Run the command to its end; it does not outlive a caller that is cancelled."""
    process = await start(command)
    try:
        return await process.wait()
    finally:
        await stop(process, command.stop)


async def output_of(argv: Sequence[str], account: Account | None) -> bytes:
    """What a program of the account's writes, run to its end."""
    as_account: dict[str, Any] = {}
    if account is not None:
        as_account = {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd="/",
        env=_environment(),
        **as_account,
    )
    output, _ = await process.communicate()
    return output


def last_words(log: Path) -> str:
    """The end of what was logged."""
    with suppress(FileNotFoundError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return ""


@contextmanager
def _opened(folders: Sequence[Path]) -> Iterator[Mapping[str, int]]:
    with ExitStack() as stack:
        handles = {str(folder): os.open(folder, os.O_RDONLY | os.O_DIRECTORY) for folder in folders}
        for handle in handles.values():
            stack.callback(os.close, handle)
        yield handles


def _by_handle(word: str, handles: Mapping[str, int]) -> str:
    """A folder, alone or as the value of an option, by the name that its process has for what it was handed.

    The kernel follows such a name without asking who may pass through the folders above.
    """
    option, equals, path = word.rpartition("=")
    return f"{option}{equals}/proc/self/fd/{handles[path]}" if path in handles else word


def _environment() -> Mapping[str, str]:
    """Nothing that would lead a server elsewhere (`PGDATA`, `PGPORT`, a locale): only where programs are."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
