"""A private PostgreSQL on a Unix socket."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from framework.embedded.account import Account, account_for, give
from framework.embedded.data_paths import DataPaths
from framework.embedded.failure import ServerFailed
from framework.embedded.process import Command, last_words, output_of, run
from framework.embedded.program_copy import copy_around, runnable
from framework.embedded.programs import postgres_programs
from framework.embedded.server import Durability

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Compiling a query to machine code costs more than our short queries take.
    "jit": "off",
}
VOLATILE_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """PostgreSQL under `<data>/postgres`; whoever may enter the socket's folder is trusted, nobody else can connect.

    Its cluster and its sockets each lie in a folder that holds nothing else: see `_enclose`.
    """

    paths: DataPaths
    durability: Durability
    name: str = "PostgreSQL"

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.paths.data / "postgres" / "cluster"

    @property
    def sockets(self) -> Path:
        """The folder where it listens."""
        return self.paths.run / "postgres" / "sockets"

    @property
    def log(self) -> Path:
        """What it said."""
        return self.paths.data / "postgres.log"

    @property
    def url(self) -> str:
        """The address of its database, as libpq and SQLAlchemy read it."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.sockets), safe='/')}"

    async def prepare(self) -> Command:
        """Make its data folder if there is none, and end an orphan that still uses it."""
        account = account_for(self.data)
        for folder in (self.data, self.sockets):
            _enclose(folder.parent, account)
        programs = await asyncio.to_thread(runnable, postgres_programs(), account)
        version = await _version(programs, account)
        if not self.data.exists():
            await self._initialise(programs, version, account)
        elif (self.data / "postmaster.pid").exists():
            argv = [str(programs / "pg_ctl"), "stop", "-D", str(self.data), "-m", "fast"]
            await run(self._command(argv, account, self.data))
        _same_version(version, self.data)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        give(self.sockets, account)
        options = {**OPTIONS, "unix_socket_directories": str(self.sockets)}
        if self.durability is Durability.VOLATILE:
            options |= VOLATILE_OPTIONS
        argv = [str(programs / "postgres"), "-D", str(self.data)]
        argv += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        # A fast shutdown, then an immediate one.
        stop = (signal.SIGINT, signal.SIGQUIT)
        return replace(self._command(argv, account, self.data, self.sockets), stop=stop)

    async def answers(self, process: asyncio.subprocess.Process) -> bool:
        """Whether this very process has written into its lock file that it is ready (`pg_ctl` looks there as well)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(process.pid) and lines[7].strip() == "ready"

    async def _initialise(self, programs: Path, version: int, account: Account | None) -> None:
        """Make the data folder under another name first, so that half a one is never taken for a whole one."""
        draft = self.data.with_name("cluster.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        give(draft, account)
        argv = [str(programs / "initdb"), "-D", str(draft), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        argv += _locale(version)
        if self.durability is Durability.VOLATILE:
            argv.append("--no-sync")
        code = await run(self._command(argv, account, draft))
        if code != 0:
            raise ServerFailed(f"PostgreSQL could not make its data folder; it said:\n{last_words(self.log)}")
        draft.rename(self.data)

    def _command(self, argv: Sequence[str], account: Account | None, *folders: Path) -> Command:
        """A program of PostgreSQL under the account; it keeps the programs' copy, if it is run from one."""
        copy = copy_around(Path(argv[0]))
        kept = [] if copy is None else [copy]
        return Command(argv, self.log, Path("/"), account, handed=_out_of_reach(account, *folders), kept=kept)


def _enclose(folder: Path, account: Account | None) -> None:
    """Make the folder above one of the account's own, where its way up ends.

    A folder that is handed over opened has a `..`, and nobody asks whether its holder may pass through the folders
    above that one. So where the account cannot come by the path, it cannot pass through this one either.
    """
    passes = account is not None and account.can_enter(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise ServerFailed(
            f"{folder} belongs to somebody else, so PostgreSQL cannot be kept in it: "
            "remove it, or choose another folder with DSPEX_DATA_DIR"
        )
    folder.chmod(0o711 if passes else 0o700)


def _out_of_reach(account: Account | None, *folders: Path) -> list[Path]:
    """Those of its own folders that the account cannot reach by their paths."""
    found = [folder for folder in folders if account is not None and not account.can_enter(folder.parent)]
    if found and not Path("/proc/self/fd").exists():
        raise ServerFailed(
            f"PostgreSQL runs under another account when root starts it, and only root may enter {found[0].parent}: "
            "choose another folder with DSPEX_DATA_DIR"
        )
    return found


def _locale(version: int) -> list[str]:
    """Text sorts by code point on every platform, as it does in memory."""
    return ["--locale-provider=builtin", "--locale=C.UTF-8"] if version >= 17 else ["--locale=C"]


async def _version(programs: Path, account: Account | None) -> int:
    """The major version of the programs."""
    found = re.search(rb" (\d+)", await output_of([str(programs / "postgres"), "--version"], account))
    return int(found[1]) if found else 0


def _same_version(at_hand: int, data: Path) -> None:
    """Refuse a data folder that another major version made; PostgreSQL cannot read it."""
    made_by = int((data / "PG_VERSION").read_text())
    if made_by != at_hand:
        raise ServerFailed(
            f"{data} was made by PostgreSQL {made_by}, but version {at_hand} is at hand: "
            f"install version {made_by}, or choose another folder with DSPEX_DATA_DIR"
        )
