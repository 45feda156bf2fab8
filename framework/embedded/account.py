"""The account a server runs under: PostgreSQL refuses to be run by root."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.embedded.failure import ServerFailed

UNPRIVILEGED = ("postgres", "nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system, and whether it must pass through folders that are closed to it."""

    uid: int
    gid: int
    reach: bool


def account_for(data: Path, *, using: Sequence[Path]) -> Account | None:
    """Nobody else than the present user, unless that is root; then the owner of the data, or an unprivileged user."""
    if os.geteuid() != 0:
        return None
    uid, gid = _owner(data) or _unprivileged()
    return Account(uid, gid, reach=not all(_can_enter(uid, path) for path in (*using, data.parent)))


def give(path: Path, account: Account | None) -> None:
    """Make the folder belong to the account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _owner(data: Path) -> tuple[int, int] | None:
    try:
        status = data.stat()
    except FileNotFoundError:
        return None
    return (status.st_uid, status.st_gid) if status.st_uid != 0 else None


def _unprivileged() -> tuple[int, int]:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return known[name].pw_uid, known[name].pw_gid
    raise ServerFailed(
        f"PostgreSQL refuses to be run by root, and there is no user {' or '.join(UNPRIVILEGED)} to run it instead"
    )


def _can_enter(uid: int, path: Path) -> bool:
    """Whether every folder down to this one lets the user through."""
    for folder in (path, *path.parents):
        status = folder.stat()
        if not status.st_mode & (stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH):
            return False
    return True
