"""A state machine: one attribute whose moves are the actions of the same names, upheld in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from framework.declare.attributes import Attr
from framework.declare.source import here
from framework.errors import Source

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class MachineOptions:
    """What was said of a state machine: moves by action name, each from some states to one."""

    source: Source
    initial: object
    moves: dict[str, tuple[object, object]]
    doc: str = ""
    renamed_members: Mapping[Any, Any] | None = None
    indexed: bool = True


def state_machine(
    initial: S, *, renamed_members: Any = None, index: Any = True, **moves: tuple[S | Sequence[S], S]
) -> Attr[S]:
    """`state_machine(QUEUED, begin=(QUEUED, RUNNING), cancel=((QUEUED, RUNNING), CANCELLED))`.

    `renamed_members` are states that have another name now: what is stored, and the state it is called today. An
    `index` finds the records in a state that a move leads out of; leave it out where nobody asks for them.
    """
    return Attr(MachineOptions(here(), initial, dict(moves), "Where it stands.", renamed_members, indexed=index))
