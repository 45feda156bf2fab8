"""Which limits a type can have, and whether they leave any value at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framework.types.type import NUMBERS, Kind, Type

SIZED = frozenset({Kind.STRING, Kind.LIST, Kind.MAP})
MOMENTS = frozenset({Kind.DATE, Kind.DATETIME, Kind.DURATION})
KINDS_BY_LIMIT = {
    "ge": NUMBERS | MOMENTS,
    "le": NUMBERS | MOMENTS,
    "min_length": SIZED,
    "max_length": SIZED,
    "pattern": frozenset({Kind.STRING}),
    "max_digits": frozenset({Kind.DECIMAL}),
    "decimal_places": frozenset({Kind.DECIMAL}),
}


def type_mismatches(kind: Type) -> Iterator[str]:
    """What is wrong with the limits of a type, in words."""
    limits = kind.limits.said()
    fitting = {name: bound for name, bound in limits.items() if kind.kind in KINDS_BY_LIMIT[name]}
    yield from (f"`{name}` does not fit the type {kind.kind}" for name in limits if name not in fitting)
    for least, most in (("ge", "le"), ("min_length", "max_length")):
        if least in fitting and most in fitting and fitting[least] > fitting[most]:
            yield f"`{least}` is above `{most}`, so there is no value"
    if any(isinstance(bound, int) and bound < 0 for name, bound in fitting.items() if name not in ("ge", "le")):
        yield "a length is not negative"
    if "pattern" in fitting:
        try:
            re.compile(fitting["pattern"])
        except re.error as error:
            yield f"`pattern` is not a regular expression: {error}"
