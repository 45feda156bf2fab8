"""The seven processes that are struck, and how each is found at any moment."""

from __future__ import annotations

from enum import StrEnum
from random import Random

import psutil

from tests.faults.system import System


class Role(StrEnum):
    """What a process is for."""

    API = "api"
    WORKER = "worker"
    CHILD = "worker's child"
    POSTGRES = "postgres"
    REDIS = "redis"
    KEEPER = "keeper"
    UP = "up"


def process_of(role: Role, system: System, chance: Random) -> psutil.Process | None:
    """The process that plays this part just now; None while nobody does."""
    try:
        if role is Role.CHILD:
            children = system.worker.children(recursive=True)
            return chance.choice(children) if children else None
        found: psutil.Process = getattr(system, role.value)
    except (psutil.NoSuchProcess, ValueError):
        return None
    return found if found.is_running() else None
