"""A step in two, while old and new code write: each in its own shape, and neither loses what the other writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.migrations.walk.carrying import Row, Rows, Step, breaches, carried, work_out
from tests.migrations.walk.database import same
from tests.migrations.walk.kinds import Value
from tests.migrations.walk.model import Field, Model, Part, Worked, column_of
from tests.migrations.walk.walk import Fault, Walk, run

Pick = Callable[[Sequence[Any]], Any]


@dataclass(slots=True)
class Beside:
    """The records in both shapes, between the expand and the contract of the step that waits."""

    walk: Walk
    step: Step
    old: Rows = field(init=False)
    new: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.old = self.walk.rows
        self.new = carried(self.old, self.step, fills=True).rows
        run(self.walk.migrations(self.step.new).expand())
        for thing in self.new.keys() & self.old.keys():
            for key in self.new[thing]:
                self._read_as_old(thing, key)
        self.look()

    @property
    def lenient(self) -> Model:
        """The old declaration, as it holds meanwhile: what goes is no longer required."""
        gone = {(str(self.step.origin(thing)), name) for thing, name in self.step.gone()}

        def part(thing: str, name: str, kept: Part) -> Part:
            if isinstance(kept, Worked) or (thing, name) not in gone:
                return kept
            return replace(kept, required=False)

        return {
            thing: replace(declared, fields={name: part(thing, name, each) for name, each in declared.fields.items()})
            for thing, declared in self.step.old.items()
        }

    def both(self, thing: str) -> dict[str, str]:
        """The columns of a resource that both have, the old ones by the new ones."""
        fields = self.step.new[thing].fields
        found = {column_of(name, each): self.step.column(thing, name) for name, each in fields.items()}
        return {new: old for new, old in found.items() if old is not None}

    def insert_as_old(self, thing: str, row: Row) -> bool:
        """A record that the old code writes, unless it breaks what either declares."""
        values = dict(row)
        work_out(values, self.step.old[thing])
        old = {**self.old, thing: {**self.old[thing], None: values}}
        found = carried(old, self.step, fills=True)
        if found.refused or self._breaks(old, found.rows):
            return False
        there = found.rows[thing][None]
        for name, each in self.step.new[thing].fields.items():
            # What may be absent is worked out of others once, in the records that stand.
            if isinstance(each, Field) and each.of and not each.required and self.step.column(thing, name) is None:
                there[name] = None
        key = self.walk.database.insert(thing, self.step.old, values)
        self.old[thing][key], self.new[thing][key] = values, there
        self._read_as_old(thing, key)
        return True

    def insert_as_new(self, thing: str, row: Row) -> bool:
        """A record that the new code writes, unless it breaks what either declares."""
        values = dict(row)
        work_out(values, self.step.new[thing])
        before = dict.fromkeys(self.step.old[thing].columns, None) | {
            old: values[new] for new, old in self.both(thing).items()
        }
        work_out(before, self.step.old[thing])
        old, new = (
            {**rows, thing: {**rows[thing], None: each}} for rows, each in ((self.old, before), (self.new, values))
        )
        if self._breaks(old, new):
            return False
        key = self.walk.database.insert(thing, self.step.new, values)
        self.old[thing][key], self.new[thing][key] = before, values
        return True

    def update(self, thing: str, key: Value, column: str, value: Value, *, as_old: bool) -> bool:
        """Another value in a column that both have, which may have a new name."""
        was = self.both(thing)[column]
        before, after = {**self.old[thing][key], was: value}, {**self.new[thing][key], column: value}
        work_out(before, self.step.old[thing])
        work_out(after, self.step.new[thing])
        old, new = (
            {**rows, thing: {**rows[thing], key: each}} for rows, each in ((self.old, before), (self.new, after))
        )
        if self._breaks(old, new):
            return False
        model, name = (self.step.old, was) if as_old else (self.step.new, column)
        self.walk.database.update(thing, model, key, {name: value})
        self.old[thing][key], self.new[thing][key] = before, after
        return True

    def look(self) -> None:
        """Compares what each of the two finds with what it has to."""
        for shape, model, rows in (("old", self.lenient, self.old), ("new", self.step.new, self.new)):
            found = self.walk.database.rows(model, self.walk.by_hand)
            if not same(rows, found):
                raise Fault(f"the {shape} code expected {rows}, found {found}")

    def contract(self) -> None:
        """The end of the old code."""
        self.look()
        run(self.walk.migrations(self.step.new).upgrade())
        self.walk.stands(self.new, self.walk.by_hand & {*self.step.new}, len(self.walk.steps))

    def _read_as_old(self, thing: str, key: Value) -> None:
        """What is filled for the new code, the old one finds as well."""
        self.old[thing][key] |= {old: self.new[thing][key][new] for new, old in self.both(thing).items()}
        work_out(self.old[thing][key], self.step.old[thing])

    def _breaks(self, old: Rows, new: Rows) -> bool:
        return any(True for _ in (*breaches(old, self.lenient), *breaches(new, self.step.new)))


def _with(rows: Rows, thing: str, key: Value, row: Row) -> Rows:
    return {**rows, thing: {**rows[thing], key: row}}
