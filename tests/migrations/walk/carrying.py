"""What has to become of the records when one declaration takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.migrations.walk.kinds import KINDS, Lost, Unreadable, Value, converted, convertible
from tests.migrations.walk.model import MADE, Condition, Field, Link, Model, Thing, column_of, storage_of

Row = dict[str, Value]
Rows = dict[str, dict[Value, Row]]
HAND = "hand"


@dataclass(frozen=True, slots=True)
class Step:
    """From one declaration to another; `things` and `fields` tell the old names, by the new ones."""

    old: Model
    new: Model
    things: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def back(self) -> Step:
        """The opposite."""
        things = {old: new for new, old in self.things.items()}
        fields = {(self.things.get(thing, thing), old): new for (thing, new), old in self.fields.items()}
        return Step(self.new, self.old, things, fields)

    def origin(self, thing: str) -> str | None:
        """What the resource was called."""
        name = self.things.get(thing, thing)
        return name if name in self.old and (thing in self.things or name not in self.things.values()) else None

    def column(self, thing: str, name: str) -> str | None:
        """The column that a field or link was kept in."""
        origin = self.origin(thing)
        if origin is None:
            return None
        before = self.old[origin]
        if (thing, name) in self.fields:
            was = self.fields[thing, name]
            return column_of(was, before.fields[was])
        gone = {column_of(was, before.fields[was]) for (each, _), was in self.fields.items() if each == thing}
        same = column_of(name, self.new[thing].fields[name])
        return same if same in before.columns and same not in gone else None

    def renames(self) -> tuple[str, ...]:
        """As they are said on the command line."""
        things = [f"{old}={new}" for new, old in self.things.items()]
        return (*things, *(f"{thing}.{old}={new}" for (thing, new), old in self.fields.items()))

    def gone(self) -> Iterator[tuple[str, str | None]]:
        """What is dropped: the old resource, and the field or link of one that stays, under the new name of that."""
        stays = {origin: thing for thing in self.new if (origin := self.origin(thing)) is not None}
        for origin, before in self.old.items():
            if origin not in stays:
                yield origin, None
                continue
            thing = stays[origin]
            kept = {self.column(thing, name) for name in self.new[thing].fields}
            for name, each in before.fields.items():
                if column_of(name, each) not in kept:
                    yield thing, name

    def inconvertible(self) -> bool:
        """Whether a column would change to a type that there is no conversion to."""
        return any(not convertible(old, new) for _, _, old, new in self._types())

    def _types(self) -> Iterator[tuple[str, str, str, str]]:
        for thing, after in self.new.items():
            for name, kept in after.fields.items():
                before = self.column(thing, name)
                if before is not None:
                    origin = self.old[str(self.origin(thing))]
                    yield thing, name, storage_of(origin.columns[before], self.old), storage_of(kept, self.new)


@dataclass(slots=True)
class Carried:
    """The records as they have to be, and those in the way, by resource and key, under the new names."""

    rows: Rows = field(default_factory=dict)
    in_the_way: set[tuple[str, Value]] = field(default_factory=set)
    unreadable: set[tuple[str, Value]] = field(default_factory=set)

    @property
    def refused(self) -> set[tuple[str, Value]]:
        """All that are in the way, for whatever reason."""
        return self.in_the_way | self.unreadable


def carried(rows: Rows, step: Step, *, fills: bool) -> Carried:
    """The records after a step; on the way back nothing is filled."""
    found = Carried()
    for thing, after in step.new.items():
        origin = step.origin(thing)
        found.rows[thing] = {}
        for key, row in ({} if origin is None else rows[origin]).items():
            values = {HAND: row[HAND]} if HAND in row else {}
            found.rows[thing][key] = values
            for name, kept in after.fields.items():
                try:
                    values[column_of(name, kept)] = _converted(row, step, (thing, name))
                except Lost:
                    found.in_the_way.add((thing, key))
                except Unreadable:
                    found.unreadable.add((thing, key))
            if fills and not found.refused:
                _fill(values, after, new={name for name in after.fields if step.column(thing, name) is None})
    if not found.refused:
        found.in_the_way = {*breaches(found.rows, step.new)}
    return found


def _converted(row: Row, step: Step, part: tuple[str, str]) -> Value:
    thing, name = part
    before = step.column(thing, name)
    if before is None:
        return None
    old = storage_of(step.old[str(step.origin(thing))].columns[before], step.old)
    return converted(row[before], old, storage_of(step.new[thing].fields[name], step.new))


def _fill(row: Row, thing: Thing, new: set[str]) -> None:
    """Fills what is absent and required, or new and asked for, each after what it is filled from."""
    fields = {name: each for name, each in thing.fields.items() if isinstance(each, Field)}

    def fill(name: str, met: tuple[str, ...] = ()) -> None:
        each = fields[name]
        asked = bool(each.backfill or each.of)
        if row[name] is not None or not (each.required or (asked and name in new)):
            return
        if each.of is not None and each.of not in met:
            fill(each.of, (*met, name))
        row[name] = row[each.of] if each.of is not None else next(iter((*each.backfill, *each.default)), None)

    for name in fields:
        fill(name)


def breaches(rows: Rows, model: Model) -> Iterator[tuple[str, Value]]:
    """The records that break what is declared."""
    for thing, declared in model.items():
        for key, row in rows[thing].items():
            if any(not _fits(row[column], each, rows) for column, each in declared.columns.items()):
                yield thing, key
        for rule in declared.rules.values():
            for key in _breaking(rule.word, rule.where, rows[thing], [_column(name, declared) for name in rule.fields]):
                yield thing, key


def _column(name: str, thing: Thing) -> str:
    name = name.removeprefix("-")
    return column_of(name, thing.fields[name])


def _fits(value: Value, kept: Field | Link, rows: Rows) -> bool:
    if value is None:
        return not kept.required
    if isinstance(kept, Link):
        return value in rows[kept.target]
    return value is MADE or KINDS[kept.kind].holds(value, kept.limit)


def _breaking(word: str, where: Condition | None, rows: Mapping[Value, Row], columns: Sequence[str]) -> Iterator[Value]:
    if word == "check" and where is not None:
        yield from (key for key, row in rows.items() if where.holds(row) is False)
    if word == "identity":
        among = {key: row for key, row in rows.items() if where is None or where.holds(row)}
        values: dict[Value, list[Any]] = {key: [row[name] for name in columns] for key, row in among.items()}
        for key, these in values.items():
            if None not in these and MADE not in these and [*values.values()].count(these) > 1:
                yield key
