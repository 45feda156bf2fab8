"""PostgreSQL's own programs that dump and restore, which the embedded server brings along."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from framework.embedded.failure import ServerFailed
from framework.embedded.programs import client_program
from framework.errors import Unavailable

T = TypeVar("T")
ASKED_SECONDS = 10
# A dump locks every table first, against those alone who alter it: longer is not waited for them.
LOCK_SECONDS = 60.0


def dumped(url: str, take: Callable[[IO[bytes]], T]) -> T:
    """What `take` makes of the dump of a whole database, as it was in one moment, while others read and write."""
    # Owners and rights belong to a server, not to what is kept in it.
    argv = [_program("pg_dump", url), "--format=custom", "--no-owner", "--no-privileges"]
    argv.append(f"--lock-wait-timeout={round(LOCK_SECONDS * 1000)}")
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*argv, _place(url)], stdout=subprocess.PIPE, stderr=said, env=_environment(url))
        assert process.stdout is not None
        try:
            return take(_Ended(process, said, process.stdout))  # type: ignore[arg-type]  # it reads, no more is asked
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def restored(url: str, dump: IO[bytes]) -> None:
    """The dump in that database: all of it, or nothing."""
    argv = [_program("pg_restore", url), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*argv, f"--dbname={_place(url)}"], stdin=subprocess.PIPE, stderr=said, env=_environment(url)
        )
        assert process.stdin is not None
        try:
            # One that has failed reads no more, and says why.
            with suppress(BrokenPipeError), process.stdin:
                while chunk := dump.read(1024 * 1024):
                    process.stdin.write(chunk)
            _check(process, said)
        finally:
            process.kill()
            process.wait()


class _Ended:
    """The words of a program, whose end is no end of them unless it ended well: half a dump is none."""

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes], words: IO[bytes]) -> None:
        self._process, self._said, self._words = process, said, words

    def read(self, size: int) -> bytes:
        chunk = self._words.read(size)
        if not chunk:
            _check(self._process, self._said)
        return chunk


def _check(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    if process.wait() == 0:
        return
    said.seek(0)
    words = said.read().decode(errors="replace").strip()
    raise Unavailable(words or f"it ended with {process.returncode}", code="program_failed")


def _program(name: str, url: str) -> str:
    try:
        with psycopg.connect(_place(url), password=_password(url), connect_timeout=ASKED_SECONDS) as connection:
            return str(client_program(name, connection.info.server_version // 10_000))
    except psycopg.Error as error:
        says = (str(error).splitlines() or ["the database does not answer"])[0]
        raise Unavailable(f"the database: {says}", code="database_unavailable") from error
    except ServerFailed as failure:
        raise Unavailable(str(failure), code="no_program") from failure


def _password(url: str) -> str | None:
    password = conninfo_to_dict(url).get("password")
    return None if password is None else str(password)


def _place(url: str) -> str:
    """The address without the password, which others could read among the arguments."""
    return make_conninfo(**{k: v for k, v in conninfo_to_dict(url).items() if k != "password"})  # type: ignore[arg-type]


def _environment(url: str) -> dict[str, str]:
    """Nothing of this process's that would lead elsewhere (`PGDATABASE` …), and the password."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = _password(url)
    given = {} if password is None else {"PGPASSWORD": password}
    return {**kept, **given, "PGCONNECT_TIMEOUT": str(ASKED_SECONDS)}
