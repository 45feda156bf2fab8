"""What has to become of the records when one declaration takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from framework.sql.migrations.plan.decided.decisions import StepMode
from tests.migrations.walk.kinds import KINDS, RENAMED_MEMBERS, Lost, Unreadable, Value, converted, convertible
from tests.migrations.walk.model import MADE, Field, Link, Model, Part, Rule, Thing, Worked, bare, column_of, storage_of

Row = dict[str, Value]
Rows = dict[str, dict[Value, Row]]
HAND = "hand"


@dataclass(frozen=True, slots=True)
class Step:
    """From one declaration to another; `things` and `fields` tell the old names, by the new ones.

    `modes` are how it is written: plain, online, split.
    """

    old: Model
    new: Model
    things: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    modes: frozenset[StepMode] = frozenset()

    def back(self) -> Step:
        """The opposite."""
        things = {old: new for new, old in self.things.items()}
        fields = {(self.things.get(thing, thing), old): new for (thing, new), old in self.fields.items()}
        return Step(self.new, self.old, things, fields, self.modes)

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

    def before(self, thing: str, name: str) -> Part | None:
        """What a field or link was."""
        column, origin = self.column(thing, name), self.origin(thing)
        return None if column is None or origin is None else self.old[origin].columns[column]

    def members(self, thing: str, name: str) -> Mapping[Value, Value]:
        """The choices that have other names now."""
        kinds = [getattr(each, "kind", "") for each in (self.before(thing, name), self.new[thing].fields[name])]
        return RENAMED_MEMBERS.get((kinds[0], kinds[1]), {})

    def renames(self, *, swaps: bool = False) -> tuple[str, ...]:
        """As they are said on the command line; all, or only those that no declaration can say."""
        exchanged = {(thing, new): old for (thing, new), old in self.fields.items() if (thing, old) in self.fields}
        if swaps:
            return tuple(f"{thing}.{old}={new}" for (thing, new), old in exchanged.items())
        things = [f"{old}={new}" for new, old in self.things.items()]
        fields = [f"{thing}.{old}={new}" for (thing, new), old in self.fields.items()]
        members = [
            f"{thing}.{name}.{old}={new}"
            for thing, after in self.new.items()
            for name in after.fields
            for old, new in self.members(thing, name).items()
        ]
        return (*things, *fields, *members)

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
                # What is worked out is not lost.
                if column_of(name, each) not in kept and not isinstance(each, Worked):
                    yield thing, name

    def inconvertible(self) -> bool:
        """Whether a column would change to a type that there is no conversion to."""
        return any(not convertible(old, new) for _, _, old, new in self._types())

    def unsplittable(self) -> bool:
        """Whether it is to be two, and a field or link has another name and comes to be required."""
        return StepMode.SPLIT in self.modes and any(
            self.new[thing].fields[new].required and not self.old[str(self.origin(thing))].fields[old].required  # type: ignore[union-attr]
            for (thing, new), old in self.fields.items()
        )

    def reworked(self) -> bool:
        """Whether it is to be two, online, and what is worked out is of a field that has another name: another column
        until the second."""
        return {StepMode.SPLIT, StepMode.ONLINE} <= self.modes and any(
            isinstance(each, Worked) and (thing, each.of) in self.fields
            for thing, after in self.new.items()
            for each in after.fields.values()
        )

    def _types(self) -> Iterator[tuple[str, str, str, str]]:
        for thing, after in self.new.items():
            for name, kept in after.fields.items():
                before = self.column(thing, name)
                if before is not None:
                    origin = self.old[str(self.origin(thing))]
                    yield thing, name, storage_of(origin.columns[before], self.old), storage_of(kept, self.new)


@dataclass(slots=True)
class Carried:
    """The records as they have to be, and those in the way, by resource and key, under the new names.

    `overfilled` are the resources in which a column that stands is filled: its rules are not looked at before.
    """

    rows: Rows = field(default_factory=dict)
    in_the_way: set[tuple[str, Value]] = field(default_factory=set)
    unreadable: set[tuple[str, Value]] = field(default_factory=set)
    overfilled: set[str] = field(default_factory=set)

    @property
    def refused(self) -> set[tuple[str, Value]]:
        """All that are in the way, for whatever reason."""
        return self.in_the_way | self.unreadable

    @property
    def foreseen(self) -> bool:
        """Whether a look finds them."""
        return not self.unreadable and not self.overfilled & {thing for thing, _ in self.in_the_way}


def carried(rows: Rows, step: Step, *, fills: bool) -> Carried:
    """The records after a step; on the way back nothing is filled."""
    found = Carried()
    for thing, after in step.new.items():
        origin = step.origin(thing)
        found.rows[thing] = {}
        for key, row in ({} if origin is None else rows[origin]).items():
            values = found.rows[thing][key] = {HAND: row[HAND]} if HAND in row else {}
            for name, kept in after.fields.items():
                try:
                    values[column_of(name, kept)] = _converted(row, step, (thing, name))
                except Lost:
                    found.in_the_way.add((thing, key))
                except Unreadable:
                    found.unreadable.add((thing, key))
            if not found.refused:
                _complete(found, step, (thing, key), fills=fills)
    if not found.refused:
        found.in_the_way = {*breaches(found.rows, step.new)}
    return found


def _complete(found: Carried, step: Step, record: tuple[str, Value], *, fills: bool) -> None:
    """Fills a record, and works out what is; one that holds something else there is in the way."""
    thing, after, values = record[0], step.new[record[0]], found.rows[record[0]][record[1]]
    if fills:
        if any(values[name] is None and each.required for name, each in _standing_fields(step, thing)):
            found.overfilled.add(thing)
        _fill(values, after, new={name for name in after.fields if step.column(thing, name) is None})
    given = dict(values)
    work_out(values, after)
    for name, each in after.fields.items():
        if isinstance(each, Worked) and isinstance(step.before(thing, name), Field) and values[name] != given[name]:
            found.in_the_way.add(record)


def _standing_fields(step: Step, thing: str) -> Iterator[tuple[str, Field]]:
    for name, each in step.new[thing].fields.items():
        if isinstance(each, Field) and step.column(thing, name) is not None:
            yield name, each


def work_out(row: Row, thing: Thing) -> None:
    """Puts what is worked out into a record."""
    row.update({name: each.value(row) for name, each in thing.fields.items() if isinstance(each, Worked)})


def _converted(row: Row, step: Step, part: tuple[str, str]) -> Value:
    thing, name = part
    before = step.column(thing, name)
    if before is None:
        return None
    old = storage_of(step.old[str(step.origin(thing))].columns[before], step.old)
    value = converted(row[before], old, storage_of(step.new[thing].fields[name], step.new))
    return step.members(thing, name).get(value, value) if isinstance(value, str) else value


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
            for key in _breaking(rule, rows[thing], declared):
                yield thing, key


def _fits(value: Value, kept: Part, rows: Rows) -> bool:
    if isinstance(kept, Worked):
        return True
    if value is None:
        return not kept.required
    if isinstance(kept, Link):
        return value in rows[kept.target]
    return value is MADE or KINDS[kept.kind].holds(value, kept.limit)


def _breaking(rule: Rule, rows: Mapping[Value, Row], declared: Thing) -> Iterator[Value]:
    where = rule.where
    if rule.word == "check" and where is not None:
        yield from (key for key, row in rows.items() if where.holds(row) is False)
    if rule.word == "identity":
        among = {key: row for key, row in rows.items() if where is None or where.holds(row)}
        values = {key: [_held(row, part) for part in rule.fields] for key, row in among.items()}
        for key, these in values.items():
            absent = None in these and not rule.nulls_collide
            if not absent and not _of_its_own(rule, these, declared) and [*values.values()].count(these) > 1:
                yield key


def _of_its_own(rule: Rule, values: Sequence[Value], declared: Thing) -> bool:
    """Whether the database has made one of them for the record alone; a moment is the same for all that it fills."""
    made = [declared.columns[bare(part)] for part, value in zip(rule.fields, values, strict=True) if value is MADE]
    return any(getattr(each, "kind", "") != "moment" for each in made)


def _held(row: Row, part: str) -> Value:
    value = row[bare(part)]
    return value.lower() if part.startswith("~") and value is not None else value
