"""What a look at this machine finds: Python, libraries, settings, disk, logs."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from framework.findings import Finding, bad, ok, size, warn
from framework.settings import Settings, unknown_variables

OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 15)
FULL_BYTES, SHORT_BYTES = 500 * 10**6, 2 * 10**9


async def python() -> Finding:
    """Whether this Python is one that we know."""
    says = f"Python {platform.python_version()}"
    if not OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON:
        return bad(f"{says} is not supported", "use Python 3.11 to 3.14")
    return ok(says)


async def libraries() -> Finding:
    """Whether everything that we need is installed, in a version that we know."""
    needed = [Requirement(text) for text in requires("dspex") or ()]
    here = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    wrong = [says for each in here if (says := _unfit(each))]
    if wrong:
        return bad("; ".join(wrong), "install the versions in requirements/runtime.txt, or the package anew")
    return ok(f"dspex {version('dspex')} and {len(here)} libraries as it needs them")


def _unfit(needed: Requirement) -> str | None:
    try:
        found = version(needed.name)
    except PackageNotFoundError:
        return f"{needed.name} is not installed"
    return (
        None
        if needed.specifier.contains(found, prereleases=True)
        else f"{needed.name} {found} is not {needed.specifier}"
    )


async def variables(environment: Mapping[str, str] = os.environ) -> Finding:
    """Whether every variable that looks like a setting of ours is one."""
    unknown = unknown_variables(environment)
    if not unknown:
        return ok("every DSPEX_ variable is a setting")
    told = [name if hint is None else f"{name} ({hint})" for name, hint in unknown.items()]
    return warn(f"no settings: {', '.join(told)}", "mend the name, or take it away: nobody reads it")


def disk(folder: Path) -> Finding:
    """Whether something can be written there, and for how long."""
    there = next(each for each in (folder, *folder.parents) if each.is_dir())
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        return bad(
            f"nothing can be written to {folder}: {error.strerror}", "give this user the folder, or DSPEX_DATA_DIR"
        )
    return room(shutil.disk_usage(there).free, folder)


def room(free: int, folder: Path) -> Finding:
    """Whether so many bytes are enough."""
    says = f"{size(free)} are free where {folder} lies"
    if free < FULL_BYTES:
        return bad(says, "make room: without it nothing can be written, and PostgreSQL stops")
    return ok(says) if free >= SHORT_BYTES else warn(says, "make room soon")


def logs(settings: Settings) -> Finding:
    """How much the logs of `up` take, and whether they are kept within their bounds."""
    folder = settings.data_dir
    found = [each.stat().st_size for each in folder.glob("*.log*")] if folder.is_dir() else []
    if not found:
        return ok("no logs are kept here: processes write them to standard error")
    says = f"{len(found)} logs in {folder}, {size(sum(found))} together"
    # One line may be longer than a whole file.
    if max(found) > 2 * settings.log_file_bytes:
        return warn(
            f"{says}, the largest {size(max(found))}", "stop `dspex up`, remove what is too large, start it again"
        )
    return ok(says)
