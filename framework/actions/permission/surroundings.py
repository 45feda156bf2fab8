"""What is stored around records that are not: read where a condition asks for it, as much of each as it looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from framework.context import now
from framework.data.protocols import Reads, Row
from framework.data.row_view import MemoryStore
from framework.data.selection import Selection
from framework.data.snapshot import Snapshot
from framework.expr.nodes import Among, Function, Ref
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

T = TypeVar("T")
# So many rows are looked at for all records of a call.
MOST = 10_000


class Surroundings(Snapshot):
    """Stored rows, and among them, in the place of what is stored of them, `records` as they would be.

    What was not read yet is noted where it is asked for, and is nothing until then; so what is worked out of it is
    worked out again (`settled`). A round reads all that the one before lacked.
    """

    def __init__(self, spec: ResourceSpec, domain: DomainSpec, reader: Reads) -> None:
        super().__init__()
        self.records: Sequence[Row] = ()
        self.store = MemoryStore(domain, self, _ask)
        self._spec, self._reader = spec, reader
        self._lists: dict[tuple[str, str], dict[Any, list[Row]]] = defaultdict(dict)
        self._wanted: dict[tuple[str, str], set[Any]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._looked_at = 0

    def matching(self, resource: str, attribute: str, value: Any) -> Sequence[Row]:
        """The rows that have this value (not absent); none while they are not read."""
        if value is None:
            return ()
        rows = self._lists[resource, attribute].get(value)
        if rows is None:
            self._wanted[resource, attribute].add(value)
            rows = []
        if resource != self._spec.name:
            return rows
        key = self._spec.key.name
        changed = {record[key] for record in self.records}
        return [
            *(row for row in rows if row[key] not in changed),
            *(record for record in self.records if record[attribute] == value),
        ]

    async def settled(self, work: Callable[[], T]) -> T | None:
        """What the work gives once it lacks nothing; None where that is too much, or not to be worked out."""
        while True:
            try:
                found = work()
            except ArithmeticError:
                found = None
            if not self._wanted:
                return found
            await self._read()
            if self._looked_at > MOST:
                return None

    def lacks(self, resource: str, name: str) -> None:
        """A value is asked for that was not read of the rows of the resource: they are read anew."""
        self._names[resource].add(name)
        for (of, attribute), lists in self._lists.items():
            if of == resource:
                self._wanted[of, attribute].update(lists)

    async def _read(self) -> None:
        wanted, self._wanted = self._wanted, defaultdict(set)
        for (resource, attribute), values in wanted.items():
            spec = self.store.domain.resources[resource]
            names = tuple({spec.key.name, attribute} | self._names[resource])
            selection = Selection(spec, names, Among(Ref(attribute), tuple(values)), limit=MOST + 1)
            lists: dict[Any, list[Row]] = {value: [] for value in values}
            for row in await self._reader.read(selection):
                self._looked_at += 1
                lists.setdefault(row[attribute], []).append(_Partial(row, spec, self))
            self._lists[resource, attribute].update(lists)


class _Partial(dict[str, Any]):
    """A row of which some is read; what is not is noted when it is asked for, and absent until then."""

    def __init__(self, row: Mapping[str, Any], spec: ResourceSpec, around: Surroundings) -> None:
        super().__init__(row)
        self._spec, self._around = spec, around

    def __missing__(self, name: str) -> None:
        if name not in self._spec.attributes:
            raise KeyError(name)
        self._around.lacks(self._spec.name, name)


def _ask(function: Function) -> Any:
    """The time by this process's clock; nothing else is known of a record that is not kept."""
    return now() if function is Function.NOW else None
