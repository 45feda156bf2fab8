"""Whether records are as somebody asks: one look for all of whom the same is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.alike import alike
from framework.data.protocols import Reads
from framework.data.selection import Selection
from framework.expr.nodes import Among, Node, Ref, every
from framework.spec.resource import ResourceSpec


async def unsatisfied(asked: Sequence[tuple[Any, Node | None]], resource: ResourceSpec, reader: Reads) -> set[int]:
    """The places of the keys whose record, as the reader sees it, does not satisfy what is asked of it."""
    key = resource.key.name
    guarded = [(place, of, where) for place, (of, where) in enumerate(asked) if where is not None]
    lost: set[int] = set()
    for group in alike(guarded, lambda each: each[2]):
        keys = tuple(dict.fromkeys(of for _, of, _ in group))
        found = await reader.read(Selection(resource, (key,), every(Among(Ref(key), keys), group[0][2])))
        satisfied = {row[key] for row in found}
        lost.update(place for place, of, _ in group if of not in satisfied)
    return lost
