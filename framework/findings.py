"""What a look at an installation found: one line for each check, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from framework.errors import Failure


class Verdict(StrEnum):
    """How a check went; one is skipped where what it needs is away."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do where something has to be done."""

    verdict: Verdict
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A question about an installation, which is given up after so many seconds."""

    name: str
    look: Callable[[], Awaitable[Finding]]
    within: float = 5.0


def ok(says: str) -> Finding:
    """All is well."""
    return Finding(Verdict.OK, says)


def warn(says: str, do: str) -> Finding:
    """It works, but will not for long, or not as it could."""
    return Finding(Verdict.WARN, says, do)


def bad(says: str, do: str) -> Finding:
    """Something does not work."""
    return Finding(Verdict.BAD, says, do)


def skipped(says: str) -> Finding:
    """It could not be looked at, for a reason that another check tells of."""
    return Finding(Verdict.SKIPPED, says)


async def looked_at(check: Check) -> Finding:
    """What it found; a check that fails or hangs is a finding too, and keeps no other from being made."""
    try:
        async with asyncio.timeout(check.within):
            return await check.look()
    except TimeoutError:
        return bad(f"no answer within {check.within:g} seconds", "see whether what it asks hangs, then ask again")
    except Failure as failure:
        issue = failure.issues[0]
        return bad(issue.message, issue.hint or "see the log of the server")
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks are made
        return bad(f"could not be looked at: {type(error).__name__}: {_first_line(error)}", "report this as a fault")


def span(seconds: float) -> str:
    """A time as people say it."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def size(number: float) -> str:
    """A number of bytes as people say it."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number / 1000:.0f} kB"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
