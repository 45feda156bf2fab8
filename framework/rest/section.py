"""What a resource may say of its REST face."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rest:
    """`path` is where the resource is served, below the API's own path: `programs/triage-ticket`."""

    path: str
