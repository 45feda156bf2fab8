"""A copy of the programs, where another account can run them.

A checkout of root's lies below `/root` more often than not, and nobody else may enter that. The copy belongs to root in
a folder of root's, so it is no less to be trusted than what it was made of, and it is compared before each use.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from framework.embedded.account import Account
from framework.embedded.failure import ServerFailed

# What can be made again belongs into the first; the others are for machines where nothing can be written or run there.
FOLDERS = (Path("/var/cache"), Path("/var/lib"), Path("/opt"), Path("/var/tmp"))  # noqa: S108  # what is there is checked


def runnable(programs: Path, account: Account | None) -> Path:
    """The folder of the programs itself if the account may run them, else that of a copy."""
    if account is None or account.can_run(programs / "postgres"):
        return programs
    for folder in FOLDERS:
        with suppress(OSError):
            return copy_of(programs, folder / "dspex", account)
    raise ServerFailed(
        f"PostgreSQL runs as user {account.uid} when root starts it, who may not run {programs}, and a copy can be "
        f"kept in none of {', '.join(map(str, FOLDERS))}: use a checkout that everybody may enter"
    )


def copy_of(programs: Path, folder: Path, account: Account) -> Path:
    """The programs' copy in this folder, made unless it is there and whole; raises OSError where none can be kept."""
    root, parts = _installation(programs)
    with _locked(folder, account):
        digest = _digest(root, parts)
        kept = folder / f"postgresql-{digest[:16]}"
        if _digest(kept, parts) != digest:
            draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder))
            try:
                _copy(root, parts, draft)
                shutil.rmtree(kept, ignore_errors=True)
                draft.rename(kept)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        return kept / programs.relative_to(root)


def _installation(programs: Path) -> tuple[Path, Sequence[Path]]:
    """The folder below which everything lies, and what in it belongs to the programs.

    They find the rest by its place beside their own: `lib` and `share`, and the libraries that a wheel brings along.
    """
    home = programs.parent
    root = Path(os.path.normpath(home / ".." / ".."))
    package = home.relative_to(root).parts[0]
    found = [programs, home / "lib", home / "share", root / f"{package}.libs"]
    return root, [folder.relative_to(root) for folder in found if folder.is_dir()]


@contextmanager
def _locked(folder: Path, account: Account) -> Iterator[None]:
    """The folder, for one process at a time; nobody but root may have a say in what is run from there."""
    folder.mkdir(exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid != os.geteuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        os.fchmod(handle, 0o755)
        if os.fstatvfs(handle).f_flag & os.ST_NOEXEC or not account.can_enter(folder):
            raise PermissionError(f"nothing can be run from {folder}")
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _copy(root: Path, parts: Sequence[Path], draft: Path) -> None:
    """Everything is to be read by everybody, whatever the umask was when it was installed, or is now."""
    for part in parts:
        shutil.copytree(root / part, draft / part)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


def _digest(root: Path, parts: Sequence[Path]) -> str:
    found = hashlib.sha256()
    for part in parts:
        for path in sorted((root / part).rglob("*")):
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                found.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return found.hexdigest()
