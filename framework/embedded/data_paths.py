"""Where the embedded servers keep things: data in the data folder, sockets in a folder with a short, plain path."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from framework.errors import Unavailable

# A Unix socket's address holds 108 bytes on Linux and 104 on macOS; the longest name put below the folder is
# `/postgres/sockets/.s.PGSQL.5432.lock`, 36 characters.
LONGEST = 104 - 36 - 1
PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The folders of one data directory, the same for every process that asks."""

    data: Path
    run: Path

    @property
    def control(self) -> Path:
        """The socket at which the keeper of the servers is reached."""
        return self.run / "control.sock"

    @property
    def lock(self) -> Path:
        """The file that the one keeper holds locked."""
        return self.data / "keeper.lock"

    @property
    def logs(self) -> tuple[Path, ...]:
        """What the servers and their keeper said."""
        return (self.data / "postgres.log", self.data / "redis.log", self.keeper_log)

    @property
    def keeper_log(self) -> Path:
        """What the keeper said."""
        return self.data / "keeper.log"


def data_paths(data_dir: Path) -> DataPaths:
    """The places of this data directory, which is made if it is not there; the folder of the sockets is not."""
    data = data_folder(data_dir)
    run = data / "run"
    if len(os.fsencode(run)) > LONGEST or not PLAIN.fullmatch(str(run)):
        name = f"dspex-{os.getuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"
        run = _short_folder() / name
    refuse_foreign(run)
    return DataPaths(data, run)


def data_folder(data_dir: Path) -> Path:
    """The data directory, made if it is not there; raises Unavailable unless this process may write there."""
    data = data_dir.expanduser().resolve()
    try:
        data.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(f"the data folder {data} cannot be made: {error.strerror}") from error
    try:
        # What permissions say is not the whole of it: a disk may be mounted read-only, or full.
        tempfile.TemporaryFile(dir=data).close()
    except OSError as error:
        raise _unusable(f"nothing can be written to the data folder {data}: {error.strerror}") from error
    return data


def make_private(run: Path) -> None:
    """Make the folder of the sockets: others may pass through (a server's own account), but neither list nor write."""
    run.mkdir(mode=0o711, exist_ok=True)
    refuse_foreign(run)
    run.chmod(0o711)


def refuse_foreign(run: Path) -> None:
    """Refuse a folder that somebody else put there, since its name can be guessed."""
    try:
        status = run.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise _unusable(f"{run} belongs to somebody else, so the sockets cannot be put there")


def _short_folder() -> Path:
    folder = Path(tempfile.gettempdir()).resolve()
    fits = len(os.fsencode(folder)) < LONGEST - 32 and PLAIN.fullmatch(str(folder))
    return folder if fits else Path("/tmp")  # noqa: S108  # what is put there is checked


def _unusable(message: str) -> Unavailable:
    return Unavailable(
        message, code="data_dir", path=("DSPEX_DATA_DIR",), hint="choose another one with DSPEX_DATA_DIR"
    )
