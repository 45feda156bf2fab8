"""Where a class was declared, and what could be seen from there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.declare.source import author_frame, source_of_frame
from framework.errors import Source

NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Scope:
    """The line of a class statement, its module's names, and the local names around it that its annotations mention.

    Annotations are read when a domain is compiled; the locals of the function that declares are gone by then.
    """

    source: Source
    module: Mapping[str, Any] = field(default_factory=dict, repr=False)
    local: Mapping[str, Any] = field(default_factory=dict)


def scope_of(record: type) -> Scope:
    """What is in sight of a class that is being made just now."""
    frame = author_frame()
    if frame is None:
        return Scope(source_of_frame(frame))
    around = {} if frame.f_locals is frame.f_globals else frame.f_locals
    local = {name: around[name] for name in _mentioned(record) if name in around}
    return Scope(source_of_frame(frame), frame.f_globals, local)


def _mentioned(record: type) -> Iterator[str]:
    for cls in record.__mro__:
        for annotation in vars(cls).get("__annotations__", {}).values():
            yield from NAME.findall(str(annotation))
