"""The processors' time of groups of processes, while a load goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from tests.benchmarks.figure import rounded
from tests.benchmarks.installation import Installation


@dataclass(slots=True)
class Processors:
    """How many processors each group took on average; a group is a process and all that it has begun."""

    groups: Mapping[str, int]
    taken: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """While the block lasts; what this process has begun and seen the end of in it is the load."""
        before, began = self._seconds(), time.monotonic()
        yield
        after, took = self._seconds(), time.monotonic() - began
        self.taken = {name: rounded((after[name] - before[name]) / took) for name in after}

    def _seconds(self) -> dict[str, float]:
        machine, mine = psutil.cpu_times(), psutil.Process().cpu_times()
        found = {name: _of_family(pid) for name, pid in self.groups.items()}
        load = mine.children_user + mine.children_system
        return {**found, "load": load, "machine": machine.user + machine.nice + machine.system}


def database_of(place: Installation) -> int:
    """The process of the embedded PostgreSQL."""
    (found,) = place.settings.data_dir.rglob("postmaster.pid")
    return int(found.read_text().split()[0])


def _of_family(pid: int) -> float:
    """With those of its children that have ended."""
    total = 0.0
    try:
        first = psutil.Process(pid)
        for each in (first, *first.children(recursive=True)):
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    except psutil.NoSuchProcess:
        pass
    return total
