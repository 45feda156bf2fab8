"""What a change of a declaration does to the records, row by row: there, back and there again, with the right values.

Besides the values named here, each is held to all that `Walk` compares. They are made in one step, each of a resource
of its own. Not here, as they are no change of these kinds:
two heads and merges (test_branches), folders of several domains (test_own_domain), tables of others
(test_what_is_ours), keys of another kind and vectors (test_type_changes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.migrations.walk.carrying import Row, Step
from tests.migrations.walk.database import Database
from tests.migrations.walk.model import MADE, Condition, Field, Link, Model, Rule, Thing
from tests.migrations.walk.together import together
from tests.migrations.walk.walk import Walk

ITEM, MAKER, OTHER = "Item", "Maker", "Box"
ONE, TWO = {"note": "7", "total": 7}, {"note": None, "total": 0}
NOTE, TOTAL = Field("text"), Field("number")


def item(rules: Mapping[str, Rule] | None = None, **fields: Field | Link) -> Model:
    """The resource with these; nothing said, a note and a total."""
    return {ITEM: Thing("int", fields or {"note": NOTE, "total": TOTAL}, rules or {})}


def linked(**words: Any) -> Model:
    """A resource that points to another."""
    return {MAKER: Thing(), **item(maker=Link(MAKER, **words))}


@dataclass(frozen=True)
class Change:
    """From what to what, with which records; what the column holds then, and how many records are in the way."""

    old: Model
    new: Model
    rows: tuple[Row, ...] = (ONE, TWO)
    holds: Mapping[str, list[Any]] = field(default_factory=dict)
    in_the_way: int = 0
    renames: Mapping[str, Any] = field(default_factory=dict)
    written: bool = True


def added(order: Field, value: Any = None, *, in_the_way: int = 0) -> Change:
    """A field that comes."""
    new = item(note=NOTE, total=TOTAL, order=order)
    return Change(item(), new, holds={"order": [value, value]} if value is not None else {}, in_the_way=in_the_way)


def retyped(old: str, new: str, values: list[Any], then: list[Any], *, in_the_way: int = 0) -> Change:
    """A field that has another type."""
    rows = tuple({"order": value} for value in values)
    return Change(item(order=Field(old)), item(order=Field(new)), rows, {"order": then}, in_the_way)


def ruled(old: Rule | None, new: Rule | None, *, in_the_way: int = 0, rows: tuple[Row, ...] = (ONE, TWO)) -> Change:
    """A rule that comes, goes or is another."""
    fields = {"note": NOTE, "total": TOTAL}
    before, after = ({"first": rule} if rule else {} for rule in (old, new))
    return Change(item(before, **fields), item(after, **fields), rows, in_the_way=in_the_way)


ALIKE = ({"note": "a", "total": 1}, {"note": "a", "total": 2}, {"note": "b", "total": 1})
NOT_A, POSITIVE = Condition("note", "!=", "a"), Condition("total", ">=", 1)
CHANGES: dict[str, Change] = {
    "required, without a default": added(Field("number", required=True), in_the_way=2),
    "required, with a default that has quotes": added(
        Field("text", required=True, default=("50% :x 'y' \\z",)), "50% :x 'y' \\z"
    ),
    "required, with a choice": added(Field("letter", required=True, default=("b",)), "b"),
    "required, with a list": added(Field("tags", required=True, default=(["it's", "50%"],)), ["it's", "50%"]),
    "required, with a moment": added(Field("moment", required=True, default=(MADE,))),
    "required, with an identifier of each": added(Field("ident", required=True, default=(MADE,))),
    "a field has another name": Change(
        item(),
        item(remark=Field("text", was="note"), total=TOTAL),
        holds={"remark": ["7", None]},
        renames={"fields": {(ITEM, "remark"): "note"}},
    ),
    "int to decimal": retyped("number", "price", [7], [Decimal("7.00")]),
    "decimal to int": retyped("price", "number", [Decimal("7.00")], [7]),
    "decimal to int, with a fraction": retyped("price", "number", [Decimal("2.50")], [], in_the_way=1),
    "text to choices": retyped("text", "letter", ["a", "7"], ["a", "7"]),
    "text to choices, and none of them": retyped("text", "letter", ["a", "true"], ["a"], in_the_way=1),
    "a choice more": retyped("fewer", "letter", ["a"], ["a"]),
    "a choice less": retyped("letter", "fewer", ["a", "b"], ["a"], in_the_way=1),
    "text to int": retyped("text", "number", ["7"], [7]),
    "text to int, and no number": retyped("text", "number", ["7", "b"], [7], in_the_way=1),
    "int to bool": retyped("number", "flag", [1, 0], [True, False]),
    "int to bool, and a seven": retyped("number", "flag", [7, 0], [False], in_the_way=1),
    "choices to int": retyped("fewer", "number", ["7"], [7]),
    "unique, with twins": ruled(None, Rule("identity", ("note",)), in_the_way=2, rows=ALIKE),
    "a check, and records that break it": ruled(None, Rule("check", where=POSITIVE), in_the_way=1),
    "fewer characters": Change(
        item(note=NOTE), item(note=Field("text", limit="max_length=1")), ({"note": "a"}, {"note": "true"}), {}, 1
    ),
    "unique among some now": ruled(Rule("identity", ("total",)), Rule("identity", ("total",), POSITIVE)),
    "unique among others now": ruled(Rule("identity", ("total",), NOT_A), Rule("identity", ("total",), POSITIVE)),
    "another check": ruled(Rule("check", where=NOT_A), Rule("check", where=Condition("total", ">=", 0))),
    "another default": Change(
        item(note=NOTE), item(note=Field("text", default=("a",))), ({"note": "b"},), {"note": ["b"]}, written=False
    ),
    "required now, with a default": Change(
        item(), item(note=Field("text", required=True, default=("a",)), total=TOTAL), holds={"note": ["7", "a"]}
    ),
    "required now, without a default": Change(
        item(), item(note=Field("text", required=True), total=TOTAL), in_the_way=1
    ),
    "what goes with it": Change(linked(), linked(on_delete="CASCADE"), ()),
    "an index": ruled(None, Rule("index", ("-total", "note"))),
    "a resource that others point to goes": Change(linked(), item(total=TOTAL), ()),
    "a link has another name": Change(
        linked(),
        {MAKER: Thing(), **item(user=Link(MAKER, was="maker"))},
        (),
        renames={"fields": {(ITEM, "user"): "maker"}},
    ),
    "a resource has another name": Change(
        {MAKER: Thing(), **item(maker=Link(MAKER))},
        {OTHER: Thing(was=MAKER), **item(maker=Link(OTHER))},
        (),
        renames={"things": {OTHER: MAKER}},
    ),
}


def step_of(changes: Sequence[Change]) -> Step:
    """All of them in one."""
    return together([Step(each.old, each.new, **each.renames) for each in changes])


def fill(walk: Walk, change: Change, place: int) -> None:
    """The records of one of them."""
    if MAKER in change.old:
        walk.insert(f"{MAKER}{place}", {})
        assert walk.insert(f"{ITEM}{place}", {"maker_id": next(iter(walk.rows[f"{MAKER}{place}"]))})
    assert all(walk.insert(f"{ITEM}{place}", dict(row)) for row in change.rows)


def test_changes_keep_the_records_there_and_back(walked: tuple[Database, Database], tmp_path: Path) -> None:
    changes = [change for change in CHANGES.values() if not change.in_the_way]
    step, walk = (
        together([Step(each.old, each.new, **each.renames) for each in changes]),
        Walk(*walked, tmp_path / "versions"),
    )
    walk.begin(step.old)
    for place, change in enumerate(changes):
        fill(walk, change, place)
    walk.revise(step)
    ((path,),) = walk.files[1:]
    left = [place for place, change in enumerate(changes) if not change.written]
    assert not any(f"item{place}s" in path.read_text() for place in left)
    assert walk.up() == set()
    for place, change in enumerate(changes):
        for column, values in change.holds.items():
            assert [row[column] for row in walk.rows[f"{ITEM}{place}"].values()] == values
    assert walk.down() == set()
    assert walk.up() == set()
    walk.end()


def test_records_in_the_way_of_changes_are_told(walked: tuple[Database, Database], tmp_path: Path) -> None:
    changes = [change for change in CHANGES.values() if change.in_the_way]
    step, walk = (
        together([Step(each.old, each.new, **each.renames) for each in changes]),
        Walk(*walked, tmp_path / "versions"),
    )
    walk.begin(step.old)
    walk.revise(step)
    for place, change in enumerate(changes):
        fill(walk, change, place)
        in_the_way = walk.up()
        assert (len(in_the_way), {thing for thing, _ in in_the_way}) == (change.in_the_way, {f"{ITEM}{place}"})
        walk.delete(in_the_way)
    assert walk.up() == set()
    for place, change in enumerate(changes):
        for column, values in change.holds.items():
            assert [row[column] for row in walk.rows[f"{ITEM}{place}"].values()] == values
    assert walk.down() == set()
    assert walk.up() == set()


def test_a_resource_is_split_in_two(walked: tuple[Database, Database], tmp_path: Path) -> None:
    whole, note = item(), Field("text")
    beside = {OTHER: Thing("int", {"note": note}), ITEM: Thing("int", {**whole[ITEM].fields, "user": Link(OTHER)})}
    apart = {OTHER: beside[OTHER], ITEM: Thing("int", {"total": TOTAL, "user": Link(OTHER)})}
    walk = Walk(*walked, tmp_path / "versions")
    walk.begin(whole)
    assert all(walk.insert(ITEM, dict(row)) for row in (ONE, TWO))
    walk.revise(Step(whole, beside))
    walk.up()
    for key, row in walk.rows[ITEM].items():
        assert walk.insert(OTHER, {"note": row["note"]})
        row["user_id"] = [*walk.rows[OTHER]][-1]
        walk.database.update(ITEM, beside, key, {"user_id": row["user_id"]})
    walk.revise(Step(beside, apart))
    walk.up()
    assert [(row["note"]) for row in walk.rows[OTHER].values()] == ["7", None]
    # The column comes back empty; what it held is in the other table still.
    assert walk.down() == set()
    assert walk.up() == set()
    walk.end()
