"""Who may what, as it was agreed upon: a line for each action and place, a column for each who asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from resources.accounts.roles import Role
from tests.resources.accounts.matrix.calls import YES

AGREED = Path(__file__).parent / "who_may.txt"
# The owner of the installation, a member in each role, a user who is no member of anything, and no key at all.
WHO = ("installation", *Role, "stranger", "no key")
OWN, OTHER, ANY = "own", "other", "-"
Line = tuple[str, str]
Table = Mapping[Line, list[str]]


def agreed() -> str:
    """The table as it is kept."""
    return AGREED.read_text(encoding="utf-8")


def outcomes() -> Mapping[Line, Mapping[str, str]]:
    """The table as it is kept, by action and place, and by who asks."""
    lines = (line.split() for line in agreed().splitlines()[1:])
    return {(action, place): dict(zip(WHO, found, strict=True)) for action, place, *found in lines}


def roles_that_may() -> Mapping[str, frozenset[Role]]:
    """The roles that may do this in their own project, by the name of the action."""
    return {
        action: frozenset(role for role in Role if found[role] == YES)
        for (action, place), found in outcomes().items()
        if place == OWN
    }


def as_text(table: Table) -> str:
    """The table as it is kept."""
    lines = [("action", "project", *WHO), *((*line, *outcomes) for line, outcomes in table.items())]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join(padded) + "\n"
