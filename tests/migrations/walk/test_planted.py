"""A walk finds faults: each of these is planted in what writes or carries out steps, and a short walk comes upon it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import ops

from framework.errors import Failure
from framework.sql.migrations import autogenerate, ownership, writing
from framework.sql.migrations.compare import renaming
from framework.sql.migrations.plan import casts, filling, ordering, revising
from tests.migrations.walk.carrying import Row, Step
from tests.migrations.walk.database import Database
from tests.migrations.walk.model import Condition, Field, Link, Rule, Thing
from tests.migrations.walk.walk import Fault, Walk

Patch = pytest.MonkeyPatch
ITEM, MAKER = "Item", "Maker"


def item(rules: Mapping[str, Rule] | None = None, **fields: Field | Link) -> Thing:
    return Thing("int", fields, rules or {})


TEXT, NUMBER = Field("text"), Field("number")
PLAIN = {ITEM: item(note=TEXT, total=NUMBER)}
LINKED = {MAKER: Thing(), ITEM: item(maker=Link(MAKER))}
ODD = item({"first": Rule("check", where=Condition("note", "!=", "a :x b"))}, note=TEXT)
ONCE = {ITEM: item({"first": Rule("identity", ("total",))}, note=TEXT, total=NUMBER)}
POSITIVE = Rule("check", where=Condition("order", ">=", 0))
ROWS: tuple[tuple[str, Row], ...] = ((ITEM, {"note": "7", "total": 7}), (ITEM, {"note": "7", "total": 9}))


@dataclass(frozen=True)
class Short:
    """A walk of two steps, with these records between them; the second is taken back and again if it can be taken."""

    first: Mapping[str, Thing]
    then: Step
    rows: tuple[tuple[str, Row], ...] = ROWS
    by_hand: bool = False

    def go(self, walk: Walk) -> None:
        walk.revise(Step({}, self.first))
        walk.up()
        for thing, row in self.rows:
            assert walk.insert(thing, row)
        if self.by_hand:
            walk.touch(ITEM)
        if walk.revise(self.then) and not walk.up():
            walk.down()
            walk.up()
        walk.end()


def to(old: Mapping[str, Thing], new: Mapping[str, Thing], **renames: Any) -> Short:
    return Short(old, Step(old, new, **renames))


def phases(**places: int) -> Callable[[Patch], None]:
    """The order with some steps in other places."""

    def plant(patch: Patch) -> None:
        for name, place in places.items():
            patch.setattr(ordering, name, place)

    return plant


def silently_lost(patch: Patch) -> None:
    patch.setattr(autogenerate, "declared_renames", lambda *_: iter(()))
    patch.setattr(writing, "refuse_losses", lambda *_, **__: None)


def without_downgrade_order(patch: Patch) -> None:
    patch.setattr(revising, "reversed", lambda steps: steps, raising=False)


def default_left_behind(patch: Patch) -> None:
    kept = filling.Plan.add

    def add(plan: filling.Plan, step: ops.AddColumnOp) -> None:
        kept(plan, step)
        plan.before = [each for each in plan.before if not isinstance(each, ops.AlterColumnOp)]

    patch.setattr(filling.Plan, "add", add)


def patched(owner: object, name: str, value: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, value)


def as_given(steps: Any, *_: object) -> Iterator[Any]:
    yield from steps


RENAMED = {ITEM: item(remark=Field("text", was="note"), total=NUMBER)}
PLANTED: dict[str, tuple[Callable[[Patch], None], Short]] = {
    "links are dropped after the tables they lead to": (
        phases(RULES_GONE=9),
        Short(LINKED, Step(LINKED, {ITEM: item()}), ((MAKER, {}),)),
    ),
    "rules are made before their columns": (
        phases(RULES=-1),
        to(PLAIN, {ITEM: item({"first": Rule("index", ("order",))}, note=TEXT, total=NUMBER, order=TEXT)}),
    ),
    "the way back goes forward": (
        without_downgrade_order,
        to(
            PLAIN,
            {
                ITEM: item(
                    {"first": Rule("check", where=Condition("order", ">=", 0))}, order=NUMBER, **PLAIN[ITEM].fields
                )
            },
        ),
    ),
    "what is required is not filled": (
        patched(filling, "filler_of", lambda _: None),
        to(PLAIN, {ITEM: item(note=TEXT, total=NUMBER, order=Field("number", required=True, default=(7,)))}),
    ),
    "a default stays behind": (
        default_left_behind,
        to(PLAIN, {ITEM: item(note=TEXT, total=NUMBER, order=Field("number", required=True, default=(7,)))}),
    ),
    "a rename is a drop and a new column": (silently_lost, to(PLAIN, RENAMED, fields={(ITEM, "remark"): "note"})),
    "a drop is not asked about": (
        patched(writing, "refuse_losses", lambda *_, **__: None),
        to(PLAIN, {ITEM: item(note=TEXT)}),
    ),
    "a colon begins a parameter": (
        patched(autogenerate, "escaped", str),
        Short({ITEM: ODD}, Step({ITEM: ODD}, {ITEM: item(note=TEXT)}), ()),
    ),
    "what was made by hand counts as ours": (
        patched(ownership.Owned, "has", lambda *_: True),
        Short(PLAIN, Step(PLAIN, {ITEM: item(note=TEXT, total=NUMBER, order=TEXT)}), by_hand=True),
    ),
    "a conversion is left out": (
        patched(casts, "conversion", lambda *_: "{0}"),
        to(PLAIN, {ITEM: item(note=Field("number"), total=NUMBER)}),
    ),
    "a conversion that loses is not looked at": (
        patched(casts, "_may_lose", lambda *_: False),
        to(PLAIN, {ITEM: item(note=TEXT, total=Field("flag"))}),
    ),
    "no record is looked at": (
        patched(revising, "probed", as_given),
        to(PLAIN, {ITEM: item({"first": Rule("identity", ("note",))}, note=TEXT, total=NUMBER)}),
    ),
    "a sequence keeps its name": (
        patched(renaming, "_of_sequences", lambda *_: iter(())),
        to(PLAIN, {"Box": Thing("int", PLAIN[ITEM].fields, was=ITEM)}, things={"Box": ITEM}),
    ),
    "unique rules that come back are looked at row by row": (
        patched(autogenerate, "as_they_stand", lambda *_: None),
        Short(
            once := {ITEM: item({"first": Rule("identity", ("total",))}, note=TEXT, total=NUMBER)}, Step(once, PLAIN)
        ),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(
    walked: tuple[Database, Database], tmp_path: Path, monkeypatch: Patch, name: str
) -> None:
    plant, short = PLANTED[name]
    plant(monkeypatch)
    with pytest.raises((Fault, Failure)):
        short.go(Walk(*walked, tmp_path / "versions"))


def test_what_is_planted_is_all_that_these_walks_find(walked: tuple[Database, Database], tmp_path: Path) -> None:
    for place, (_, short) in enumerate(PLANTED.values()):
        short.go(Walk(*walked, tmp_path / str(place)))
