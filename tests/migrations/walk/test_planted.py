"""A walk finds faults: each of these is planted in what writes or carries out steps, and a short walk comes upon it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import ops

from framework.errors import Failure
from framework.naming import constraint_name
from framework.sql.migrations import autogenerate, ownership, writing
from framework.sql.migrations.compare import comments, renaming
from framework.sql.migrations.operations import keeping
from framework.sql.migrations.operations.generated import GeneratedOp
from framework.sql.migrations.operations.members import MembersOp
from framework.sql.migrations.plan import ordering, revising
from framework.sql.migrations.plan.decided import swaps
from framework.sql.migrations.plan.decided.decisions import StepMode
from framework.sql.migrations.plan.online_steps import online
from framework.sql.migrations.plan.records import casts, filling, probing
from tests.migrations.walk.beside import Beside
from tests.migrations.walk.carrying import Row, Step
from tests.migrations.walk.database import Database
from tests.migrations.walk.model import SCHEMA, Condition, Field, Link, Part, Rule, Thing, Worked, source_of
from tests.migrations.walk.together import together
from tests.migrations.walk.walk import Fault, Walk

Patch = pytest.MonkeyPatch
ITEM, MAKER = "Item", "Maker"


def item(rules: Mapping[str, Rule] | None = None, **fields: Part) -> Thing:
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
    """A walk of two steps, with these records between them; the second is taken back and again if it can be taken.

    `meanwhile` old code writes these, where the step is split, and `cut` is the operation before which it is cut off.
    """

    first: Mapping[str, Thing]
    then: Step
    rows: tuple[tuple[str, Row], ...] = ROWS
    by_hand: bool = False
    meanwhile: tuple[tuple[str, Row], ...] = ()
    cut: int | None = None

    def begin(self, walk: Walk, begun: dict[str, str]) -> None:
        of = source_of(self.first)
        begun[of] = walk.begin(self.first, begun.get(of))
        for thing, row in self.rows:
            assert walk.insert(thing, row)
        if self.by_hand:
            walk.touch(ITEM)

    def go(self, walk: Walk) -> None:
        if not walk.revise(self.then):
            return
        walk.cut = self.cut
        if StepMode.SPLIT in self.then.modes:
            self.write(Beside(walk, self.then))
        elif walk.up():
            return
        walk.down()
        walk.up()
        walk.end()

    def write(self, beside: Beside) -> None:
        for thing, row in self.meanwhile:
            assert beside.insert_as_old(thing, row)
        beside.contract()


def to(old: Mapping[str, Thing], new: Mapping[str, Thing], *modes: StepMode, **renames: Any) -> Short:
    return Short(old, Step(old, new, modes=frozenset(modes), **renames))


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


def members_left(patch: Patch) -> None:
    patch.setattr(revising, "carried_out", lambda steps: (each for each in steps if not isinstance(each, MembersOp)))


def absent_never_collide(patch: Patch) -> None:
    kept = probing._twins

    def twins(step: Any, *words: Any) -> Any:
        step.kw = {name: value for name, value in step.kw.items() if "nulls" not in name}
        return kept(step, *words)

    patch.setattr(probing, "_twins", twins)


def calculations_as_given(patch: Patch) -> None:
    kept = probing._probe
    patch.setattr(probing, "_probe", lambda step, words: None if isinstance(step, GeneratedOp) else kept(step, words))


def patched(owner: object, name: str, value: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, value)


def as_given(steps: Any, *_: object) -> Iterator[Any]:
    yield from steps


PAIR = {ITEM: item(note=TEXT, order=TEXT)}
COUNTED = {ITEM: item(total=Field("number", required=True))}
INDEXED = {ITEM: item({"first": Rule("index", ("note",))}, **PLAIN[ITEM].fields)}
CHOSEN = {ITEM: item(note=Field("letter"))}
DOUBLED = {ITEM: item(total=NUMBER, order=Worked("number", "total", "{0} * 2"))}
RENAMED = {ITEM: item(remark=Field("text", was="note"), total=NUMBER)}
PLANTED: dict[str, tuple[Callable[[Patch], None], Short]] = {
    "links are dropped after the tables they lead to": (
        phases(RULES_GONE=ordering.TABLES_GONE),
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
        patched(ownership.OwnedObjects, "has", lambda *_: True),
        replace(to(PLAIN, {ITEM: item(note=TEXT, total=NUMBER, order=TEXT)}), by_hand=True),
    ),
    "a conversion is left out": (
        patched(casts, "conversion", lambda *_: "{0}"),
        to(PLAIN, {ITEM: item(note=Field("number"), total=NUMBER)}),
    ),
    "digits and orders are no types": (
        patched(autogenerate, "types_differ", lambda *_: None),
        replace(
            to({ITEM: item(note=TEXT, total=Field("price"))}, {ITEM: item(note=Field("plain"), total=Field("sum"))}),
            rows=((ITEM, {"note": "b", "total": Decimal("2.50")}),),
        ),
    ),
    "what is worked out of another is filled before it": (
        patched(keeping, "kept_name", lambda step: constraint_name("dspex_keep", step.table_name, step.column)),
        replace(
            to(
                {ITEM: item(note=Field("number", required=True))},
                {
                    ITEM: item(
                        remark=Field("number", required=True, was="note"),
                        order=Field("number", required=True, of="remark"),
                    )
                },
                StepMode.SPLIT,
                fields={(ITEM, "remark"): "note"},
            ),
            rows=((ITEM, {"note": 1}),),
            meanwhile=((ITEM, {"note": 2}),),
        ),
    ),
    "a conversion that loses is not looked at": (
        patched(casts, "keeps", lambda *_: None),
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
    "what old code writes under the old name is not in the new one": (
        patched(keeping.MirrorColumnOp, "body", ""),
        replace(
            to(PLAIN, RENAMED, StepMode.SPLIT, fields={(ITEM, "remark"): "note"}),
            meanwhile=((ITEM, {"note": "b", "total": 1}),),
        ),
    ),
    "what old code knows nothing of is not filled": (
        patched(keeping.KeepFilledOp, "body", ""),
        replace(
            to(
                COUNTED,
                {ITEM: item(total=COUNTED[ITEM].fields["total"], order=Field("number", required=True, of="total"))},
                StepMode.SPLIT,
            ),
            rows=((ITEM, {"total": 1}),),
            meanwhile=((ITEM, {"total": 2}),),
        ),
    ),
    "a step that was cut off begins anew": (
        patched(online, "_made_again", lambda *_: None),
        replace(
            to(PLAIN, {ITEM: item({"first": Rule("index", ("note",))}, **PLAIN[ITEM].fields)}, StepMode.ONLINE), cut=1
        ),
    ),
    "names that are exchanged stay": (
        patched(swaps, "_by_way_of_a_third", lambda *_: iter(())),
        replace(
            to(PAIR, PAIR, fields={(ITEM, "note"): "order", (ITEM, "order"): "note"}),
            rows=((ITEM, {"note": "a", "order": "b"}),),
        ),
    ),
    "a choice has another name and its records have not": (
        members_left,
        Short(
            CHOSEN, Step(CHOSEN, {ITEM: item(note=Field("lettre", members=(("b", "c"),)))}), ((ITEM, {"note": "b"}),)
        ),
    ),
    "small letters are not looked at": (
        patched(probing, "_twins", lambda *_: None),
        replace(
            to(PLAIN, {ITEM: item({"first": Rule("identity", ("~note",))}, **PLAIN[ITEM].fields)}),
            rows=((ITEM, {"note": "a", "total": 1}), (ITEM, {"note": "A", "total": 1})),
        ),
    ),
    "absent values never collide": (
        absent_never_collide,
        replace(
            to(PLAIN, {ITEM: item({"first": Rule("identity", ("note",), nulls_collide=True)}, **PLAIN[ITEM].fields)}),
            rows=((ITEM, {"note": None, "total": 1}), (ITEM, {"note": None, "total": 1})),
        ),
    ),
    "another formula is none": (
        patched(autogenerate, "add_generated_changes", lambda *_: None),
        replace(
            to(DOUBLED, {ITEM: item(total=NUMBER, order=Worked("number", "total", "{0} * 3"))}),
            rows=((ITEM, {"total": 1}),),
        ),
    ),
    "what is held is worked out without a word": (
        calculations_as_given,
        replace(to({ITEM: item(total=NUMBER, order=NUMBER)}, DOUBLED), rows=((ITEM, {"total": 1, "order": 1}),)),
    ),
    "a table that moves is another one": (
        silently_lost,
        to(PLAIN, {ITEM: Thing("int", PLAIN[ITEM].fields, schema=SCHEMA)}),
    ),
    "comments are left": (
        patched(comments, "COMMENTED", "nothing"),
        to(PLAIN, {ITEM: item(note=Field("text", doc="What it says."), total=NUMBER)}),
    ),
}
# Two of one manner would be one step, cut off at one place.
ONE_BY_ONE = [name for name, (_, short) in PLANTED.items() if short.then.modes]


@pytest.fixture(scope="module")
def begun() -> dict[str, str]:
    """The first steps that are written, by what they declare."""
    return {}


@pytest.fixture
def walk(walked: tuple[Database, Database], tmp_path: Path) -> Walk:
    """One that has not begun."""
    return Walk(*walked, tmp_path / "versions", comments=True)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(walk: Walk, monkeypatch: Patch, begun: dict[str, str], name: str) -> None:
    plant, short = PLANTED[name]
    short.begin(walk, begun)
    plant(monkeypatch)
    with pytest.raises((Fault, Failure)):
        short.go(walk)


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_what_is_planted_is_all_that_a_walk_by_parts_finds(walk: Walk, begun: dict[str, str], name: str) -> None:
    PLANTED[name][1].begin(walk, begun)
    PLANTED[name][1].go(walk)


def test_what_is_planted_is_all_that_the_other_walks_find(walk: Walk) -> None:
    shorts = [short for name, (_, short) in PLANTED.items() if name not in ONE_BY_ONE]
    step = together([short.then for short in shorts])
    walk.begin(step.old)
    for place, short in enumerate(shorts):
        assert all(walk.insert(f"{thing}{place}", row) for thing, row in short.rows)
        if short.by_hand:
            walk.touch(f"{ITEM}{place}")
    walk.revise(step)
    while in_the_way := walk.up():
        walk.delete(in_the_way)
    walk.down()
    walk.up()
    walk.end()
