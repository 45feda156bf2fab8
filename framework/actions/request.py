"""One call of an action: as it came, and as a verb gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.actions.precondition import Precondition
from framework.declare.resource import Resource
from framework.spec.action import ActionSpec


@dataclass(frozen=True, slots=True)
class Request:
    """`input` maps attribute and argument names to raw values (JSON or Python); `id` is the record's key.

    No input is printed with it, as some may be sensitive. With a `precondition` the call is carried out only if the
    record is as its caller expects.
    """

    input: Mapping[str, Any] = field(default_factory=dict, repr=False)
    id: Any = None
    precondition: Precondition | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What a verb is called with: which action, its typed arguments, and the record it is about, with its key."""

    action: ActionSpec
    arguments: Mapping[str, Any] = field(repr=False)
    id: Any = None
    record: Resource | None = None
