"""A backup in one file: a ZIP with the dump of the database and a page about it, so that common tools open it."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import orjson

from framework.errors import Invalid

DUMP, MANIFEST = "database.dump", "manifest.json"
FORMAT = 1
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: when and by what it was made, and what its dump has to be."""

    made_at: str
    dspex: str
    step: str = ""
    bytes: int = 0
    sha256: str = ""
    format: int = FORMAT


def write_archive(file: Path, dump: IO[bytes], manifest: Manifest) -> Manifest:
    """Writes the backup as the dump comes, and gives what it says of itself; a half one never has the name.

    Nobody but its owner may read it.
    """
    draft, digest, size = file.with_name(f".{file.name}.{os.getpid()}"), hashlib.sha256(), 0
    try:
        with _opened(draft) as written, zipfile.ZipFile(written, "w") as archive:
            # Compressed by who made it.
            with archive.open(zipfile.ZipInfo(DUMP, _now()), "w", force_zip64=True) as member:
                while chunk := dump.read(CHUNK_BYTES):
                    member.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            whole = replace(manifest, bytes=size, sha256=digest.hexdigest())
            archive.writestr(zipfile.ZipInfo(MANIFEST, _now()), orjson.dumps(asdict(whole), option=orjson.OPT_INDENT_2))
        # Never in place of another, however fast that came.
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    return whole


@contextmanager
def read_archive(file: Path) -> Iterator[tuple[Manifest, IO[bytes]]]:
    """What it says of itself, and its dump, once all was read; raises Invalid for what is no whole backup."""
    manifest = _whole(file)
    with zipfile.ZipFile(file) as archive, archive.open(DUMP) as dump:
        yield manifest, dump


def _whole(file: Path) -> Manifest:
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest(**orjson.loads(archive.read(MANIFEST)))
            if manifest.format != FORMAT:
                raise _unreadable(file, f"it has the form {manifest.format}, made by dspex {manifest.dspex}")
            with archive.open(DUMP) as dump:
                found = hashlib.file_digest(dump, "sha256").hexdigest()  # type: ignore[arg-type]
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise _unreadable(file, str(error)) from error
    if found != manifest.sha256:
        raise _unreadable(file, "it is not what was written")
    return manifest


@contextmanager
def _opened(draft: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as written:
        yield written
        written.flush()
        os.fsync(written)


def _now() -> tuple[int, int, int, int, int, int]:
    now = datetime.now(UTC)
    return (now.year, now.month, now.day, now.hour, now.minute, now.second)


def _unreadable(file: Path, why: str) -> Invalid:
    hint = "take another copy of it: nothing was restored"
    return Invalid(f"`{file}` is no whole backup: {why}", code="bad_backup", path=("file",), hint=hint)
