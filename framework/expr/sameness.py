"""Which known values are one and the same, where Python calls equal what a store keeps apart: `1`, `1.0` and `True`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

Test = Callable[[Any, Any], bool]


def same(one: Any, other: Any) -> bool:
    """Whether these are one value: of one type as well as equal, all the way in."""
    if type(one) is not type(other):
        return False
    match one:
        case list() | tuple() | dict():
            return alike_within(one, other, same)
        case BaseModel():
            return bool(one == other) and same(one.__dict__, other.__dict__)
        case set() | frozenset():
            return {(type(item), item) for item in one} == {(type(item), item) for item in other}
        case float() | Decimal():
            # A zero has a sign, and a decimal the places that it was written with.
            return repr(one) == repr(other)
        case _:
            return bool(one == other)


def same_json(one: Any, other: Any) -> bool:
    """Whether these are equal as JSON: `1` is `1.0` and not `true`, all the way in."""
    if isinstance(one, list | dict) and type(one) is type(other):
        return alike_within(one, other, same_json)
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def alike_within(one: Any, other: Any, test: Test) -> bool:
    """Whether two lists, or two objects, hold as many items under the same names, each alike by the test."""
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(test(item, other[name]) for name, item in one.items())
    return len(one) == len(other) and all(map(test, one, other))


def hash_of(value: Any) -> int:
    """The hash of a value; the same for all that have none (lists, objects), which are told apart by comparing."""
    try:
        return hash(value)
    except TypeError:
        return 0
