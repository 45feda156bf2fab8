"""A copy of the programs, where another account can run them.

A checkout of root's lies below `/root` more often than not, and nobody else may enter that. The copy belongs to root in
a folder of root's that nobody else can write to, from the root of the file system down, so it is no less to be trusted
than what it was made of; before each use its owners and rights are looked at, and whether it is still the same files.
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

NAME = "dspex-programs"
COPY, DRAFT = "postgresql-", "draft-"
# What can be made again belongs into the first; the others are for machines where nothing can be written or run there.
FOLDERS = (Path("/var/cache"), Path("/var/lib"), Path("/opt"), Path("/var/tmp"))  # noqa: S108  # what is there is checked
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def runnable(programs: Path, account: Account | None) -> Path:
    """The folder of the programs itself if the account may run them, else that of a copy."""
    if account is None or account.can_run(programs / "postgres"):
        return programs
    for folder in FOLDERS:
        with suppress(OSError):
            return copy_of(programs, folder / NAME, account)
    raise ServerFailed(
        f"PostgreSQL runs as user {account.uid} when root starts it, who may not run {programs}, and a copy can be "
        f"kept in none of {', '.join(map(str, FOLDERS))}, where only root may write to `{NAME}`: use a checkout that "
        "everybody may enter"
    )


def copy_of(programs: Path, folder: Path, account: Account) -> Path:
    """The programs' copy in this folder, made unless it is there and whole; raises OSError where none can be kept."""
    root, parts = _installation(programs)
    folder = folder.parent.resolve() / folder.name
    with _locked(folder, account):
        listing = _listing(root, parts)
        copy = folder / f"{COPY}{hashlib.sha256(listing.encode()).hexdigest()[:16]}"
        _remove_unused(folder, copy)
        if not _is_whole(copy, parts, listing):
            draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
            _copy(root, parts, draft)
            shutil.rmtree(copy, ignore_errors=True)
            draft.rename(copy)
        return copy / programs.relative_to(root)


def copy_around(program: Path) -> Path | None:
    """The copy that the program lies in, if it does in one: it is not removed while somebody has it locked."""
    return next((each for each in program.parents if each.parent.name == NAME and each.name.startswith(COPY)), None)


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
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o755)
    for each in (folder, *folder.parents):
        if not _is_ours(each):
            raise PermissionError(f"others than root have a say in what lies in {each}")
    if os.statvfs(folder).f_flag & os.ST_NOEXEC or not account.can_enter(folder):
        raise PermissionError(f"nothing can be run from {folder}")
    # A file that nobody else can open: whoever could would keep root waiting.
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_ours(path: Path) -> bool:
    """Whether nobody but root, or whoever this process runs as, can change what is there or put another in its place.

    In a sticky folder, as `/var/tmp` is, everybody can make things, but nobody replace those of root.
    """
    status = path.lstat()
    closed = not status.st_mode & OTHERS_WRITE or bool(stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX)
    return status.st_uid in (0, os.geteuid()) and closed and not stat.S_ISLNK(status.st_mode)


def _remove_unused(folder: Path, copy: Path) -> None:
    """What a killed start left, and copies of other versions from which nothing is run."""
    for each in folder.glob(f"{DRAFT}*"):
        shutil.rmtree(each, ignore_errors=True)
    for each in folder.glob(f"{COPY}*"):
        if each != copy and not _is_in_use(each):
            shutil.rmtree(each, ignore_errors=True)


def _is_in_use(copy: Path) -> bool:
    handle = os.open(copy, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _copy(root: Path, parts: Sequence[Path], draft: Path) -> None:
    """Everything is to be read by everybody, whatever the umask was when it was installed, or is now."""
    for part in parts:
        shutil.copytree(root / part, draft / part)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


def _is_whole(copy: Path, parts: Sequence[Path], listing: str) -> bool:
    """Whether the copy is nobody else's and holds the files that were listed."""
    return copy.is_dir() and all(map(_is_ours, (copy, *copy.rglob("*")))) and _listing(copy, parts) == listing


def _listing(root: Path, parts: Sequence[Path]) -> str:
    """Every file with its size and time, which a copy keeps: enough to tell a version from another, or half a copy."""
    found = []
    for part in parts:
        for path in sorted((root / part).rglob("*")):
            if path.is_file():
                status = path.stat()
                found.append(f"{path.relative_to(root)}\0{status.st_size}\0{int(status.st_mtime)}\n")
    return "".join(found)
