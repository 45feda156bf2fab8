"""A layer that executes, by name, so that declaring never loads what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from framework.spec.action import VerbRef

Opened_co = TypeVar("Opened_co", covariant=True)


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make `LayerRef[…](…)`
class LayerRef(Generic[Opened_co]):
    """What a verb asks for: `await session.layers.opened(LM)`.

    `opener` names a function that makes the layer of the process's `Settings`. It is loaded when the layer is first
    needed and called once in a process, possibly in a thread, so it connects to nothing yet.
    """

    name: str
    opener: VerbRef
