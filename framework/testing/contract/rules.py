"""Rules over what is worked out of a record, told as our failures."""

from __future__ import annotations

from typing import Any

import pytest

from framework.data.protocols import Layer, Row
from framework.errors import Conflict, Failure, Path
from framework.testing.contract.rows import VISIT, found, given, visit

Told = tuple[type[Failure], str, Path]


async def told(layer: Layer, *rows: Row, changes: dict[Any, Row] | None = None) -> Told:
    """The failure that rows meet, or changes by their key: its code and its path."""
    with pytest.raises(Failure) as caught:
        await (given(layer, VISIT, *rows) if changes is None else changed(layer, changes))
    (issue,) = caught.value.issues
    return type(caught.value), issue.code, issue.path


async def changed(layer: Layer, changes: dict[Any, Row]) -> None:
    """The changes, committed."""
    async with layer.transaction() as transaction:
        await transaction.update_each(VISIT, changes, None)


class RulesContract:
    """What is unique once it is worked out, and where nothing is a value too."""

    async def test_what_is_worked_out_is_taken_once(self, layer: Layer) -> None:
        first, second = await given(layer, VISIT, visit("Ann", 1), visit("Bob", 2))
        assert await told(layer, visit("ANN", 3)) == (Conflict, "taken", ("card",))
        fine = [visit("x", 3), visit("y", 4)]
        assert await told(layer, *fine, visit("bob", 5), visit("z", 6)) == (Conflict, "taken", (2, "card"))
        assert await told(layer, *fine, visit("X", 5)) == (Conflict, "taken", (2, "card"))
        changes: dict[Any, Row] = {first["id"]: {"card": "c"}, second["id"]: {"card": "C"}}
        assert await told(layer, changes=changes) == (Conflict, "taken", (1, "card"))
        await changed(layer, {first["id"]: {"card": "ANN"}})
        assert await found(layer, VISIT, "card", sort=["desk"]) == ["ANN", "Bob"]

    async def test_nothing_is_a_value_where_the_rule_says_so(self, layer: Layer) -> None:
        first, second, third = await given(layer, VISIT, visit("a", 1), visit("b", 2), visit("c", 3))
        assert await told(layer, visit("d", 1)) == (Conflict, "taken", ("day",))
        assert await told(layer, visit("d", 4), visit("e", 4)) == (Conflict, "taken", (1, "day"))
        await changed(layer, {first["id"]: {"desk": 2}, second["id"]: {"desk": 3}, third["id"]: {"desk": 1}})
        assert await found(layer, VISIT, "desk", sort=["card"]) == [2, 3, 1]
