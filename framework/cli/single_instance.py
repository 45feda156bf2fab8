"""What only one installation can have: its data folder, and the port it listens on."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framework.embedded.data_paths import data_folder
from framework.errors import Conflict, Unavailable


@contextmanager
def locked_data_dir(data_dir: Path) -> Iterator[None]:
    """The data folder, for one `up` at a time; the operating system lets go of it however this process ends."""
    lock = data_folder(data_dir) / "up.lock"
    try:
        file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _not_ours(lock, error) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _in_use(data_dir, os.read(file, 20).decode().strip()) from None
        os.truncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        yield
    finally:
        os.close(file)


def free_port(host: str, port: int) -> int:
    """The port itself, or for 0 one that is free; raises Unavailable for one that is taken."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
            return int(trial.getsockname()[1])
    except OSError as error:
        raise Unavailable(
            f"nothing can listen on {host}:{port}: {error.strerror or error}",
            code="port_taken",
            path=("DSPEX_PORT",),
            params={"host": host, "port": port},
            hint="is another `dspex up` running there? choose another port with --port",
        ) from None


def _not_ours(file: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"{file} cannot be opened: {error.strerror}",
        code="data_dir",
        path=("DSPEX_DATA_DIR",),
        hint="the folder was used by another user; choose another one with --data",
    )


def _in_use(data_dir: Path, pid: str) -> Conflict:
    who = f"process {pid}" if pid else "another process"
    return Conflict(
        f"{who} runs an installation in {data_dir} already",
        code="data_dir_in_use",
        path=("DSPEX_DATA_DIR",),
        params={"pid": pid, "data_dir": str(data_dir)},
        hint="use that one, stop it, or choose another folder with --data",
    )
