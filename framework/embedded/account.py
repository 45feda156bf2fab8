"""The account a server runs under: PostgreSQL refuses to be run by root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from framework.embedded.failure import ServerFailed

# The first that exists. Whatever else runs under the same account can reach the data; one called `dspex`, made for this
# alone, keeps it apart.
UNPRIVILEGED = ("dspex", "postgres", "nobody", "daemon")
READ, EXECUTE = 4, 1


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system, with its own group and no other."""

    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether every folder down to this one lets it through."""
        return all(self._has(EXECUTE, each) for each in (folder, *folder.parents))

    def can_run(self, program: Path) -> bool:
        """Whether it can reach the program, read it and execute it."""
        return self.can_enter(program.parent) and self._has(READ | EXECUTE, program)

    def _has(self, rights: int, path: Path) -> bool:
        status = path.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return status.st_mode >> shift & rights == rights


def account_for(data: Path) -> Account | None:
    """Nobody else than the present user, unless that is root; then the owner of the data, or an unprivileged user."""
    if os.geteuid() != 0:
        return None
    return _owner(data) or _unprivileged()


def give(path: Path, account: Account | None) -> None:
    """Make the folder belong to the account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _owner(data: Path) -> Account | None:
    try:
        status = data.stat()
    except FileNotFoundError:
        return None
    return Account(status.st_uid, status.st_gid) if status.st_uid != 0 else None


def _unprivileged() -> Account:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    raise ServerFailed(
        f"PostgreSQL refuses to be run by root, and there is no user {' or '.join(UNPRIVILEGED)} to run it instead"
    )
