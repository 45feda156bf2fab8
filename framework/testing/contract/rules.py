"""Rules over what is worked out of a record, told as our failures."""

from __future__ import annotations

from typing import Any

import pytest

from framework.data.protocols import Layer, Row
from framework.errors import Conflict, Failure, Invalid, Path
from framework.expr.nodes import Value
from framework.testing.contract.library import Visit
from framework.testing.contract.rows import NOON, VISIT, found, given, visit

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


def guided(card: str, desk: int, begins: int | None, ends: int | None, **values: Any) -> Row:
    """A visit from one hour of the day to another, with the one guide there is."""
    begin, end = (None if hour is None else NOON.replace(hour=hour) for hour in (begins, ends))
    return visit(card, desk, guided=True, begins=begin, ends=end, **values)


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

    async def test_a_stored_calculation_follows_what_it_is_worked_out_of(self, layer: Layer) -> None:
        first, second = await given(layer, VISIT, visit("a", 1, nick="x"), visit("b", 2))
        assert [(row["seat"], row["badge"]) for row in (first, second)] == [(2, "X!"), (4, None)]
        await changed(layer, {first["id"]: {"desk": 3}})
        await changed(layer, {second["id"]: {"nick": "ö"}})
        async with layer.transaction() as transaction:
            await transaction.update(VISIT, (Visit.badge == "X!").node, {"desk": (Visit.seat + Visit.desk).node})
        assert await found(layer, VISIT, "seat", sort=["-seat"]) == [18, 4]
        assert await found(layer, VISIT, "badge", (Visit.seat < 10)) == ["Ö!"]

    async def test_a_stored_calculation_has_rules_like_any_value(self, layer: Layer) -> None:
        first, second = await given(layer, VISIT, visit("a", 1, nick="x"), visit("b", 2, nick="y"))
        fine = [visit("c", 3), visit("d", 4)]
        assert await told(layer, *fine, visit("e", 5, nick="X"), visit("f", 6)) == (Conflict, "taken", (2, "badge"))
        assert await told(layer, *fine, visit("e", 51), visit("f", 6)) == (Invalid, "check_failed", (2,))
        assert await told(layer, visit("e", 51)) == (Invalid, "check_failed", ())
        await changed(layer, {first["id"]: {"nick": "y"}, second["id"]: {"nick": "x"}})
        assert await found(layer, VISIT, "badge", sort=["card"]) == ["Y!", "X!"]
        assert await told(layer, changes={first["id"]: {"nick": Value("X")}}) == (Conflict, "taken", ("badge",))

    async def test_spans_do_not_overlap_and_may_follow_each_other(self, layer: Layer) -> None:
        first, second = await given(layer, VISIT, guided("a", 1, 8, 10), guided("b", 2, 10, 12))
        await given(layer, VISIT, guided("c", 3, 9, 9), visit("d", 4, begins=NOON.replace(hour=9), ends=None))
        assert await told(layer, guided("e", 5, 9, 11)) == (Conflict, "overlaps", ("begins",))
        assert await told(layer, guided("e", 5, 11, None)) == (Conflict, "overlaps", ("begins",))
        assert await told(layer, guided("e", 5, None, 9)) == (Conflict, "overlaps", ("begins",))
        assert await told(layer, guided("e", 5, None, None)) == (Conflict, "overlaps", ("begins",))
        assert await told(layer, guided("e", 5, 14, 13)) == (Invalid, "check_failed", ("ends",))
        fine = [guided("e", 5, 12, 13), guided("f", 6, None, 8)]
        assert await told(layer, *fine, guided("g", 7, 12, 14)) == (Conflict, "overlaps", (2, "begins"))
        assert await told(layer, *fine, guided("g", 7, 9, 14), visit("h", 8)) == (Conflict, "overlaps", (2, "begins"))
        await given(layer, VISIT, *fine)
        exchanged = {first["id"]: _span(second), second["id"]: _span(first)}
        await changed(layer, exchanged)
        assert await told(layer, changes={first["id"]: _span(first)}) == (Conflict, "overlaps", ("begins",))
        assert await found(layer, VISIT, "card", Visit.guided, sort=["begins"]) == ["b", "c", "a", "e", "f"]


def _span(row: Row) -> Row:
    return {"begins": row["begins"], "ends": row["ends"]}
