"""A walk over declarations with records in the tables: each step is held to what has to become of all that is there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framework.errors import Conflict, Failure, Invalid
from framework.naming import table_name
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decisions import UNDECIDED, Decisions
from tests.migrations.walk.carrying import HAND, Carried, Row, Rows, Step, breaches, carried
from tests.migrations.walk.database import Database, Definitions, same
from tests.migrations.walk.kinds import Value
from tests.migrations.walk.model import Link, Model, column_of, domain_of

# How many things are added to a table by hand.
BY_HAND = 5


class Fault(AssertionError):
    """What a walk has found."""


@dataclass(slots=True)
class Walk:
    """Where it stands: the steps there are, how many of them are taken, and the records as they have to be."""

    database: Database
    scratch: Database
    folder: Path
    steps: list[Step] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    taken: int = 0
    rows: Rows = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)
    seen: dict[int, Definitions] = field(default_factory=dict)
    theirs: Definitions = frozenset()

    def __post_init__(self) -> None:
        self.database.wipe()
        self.theirs = self.database.definitions()[2]
        self.seen[0] = self.database.definitions()[0]

    @property
    def declared(self) -> Model:
        """What the last step leads to."""
        return self.steps[-1].new if self.steps else {}

    @property
    def standing(self) -> Model:
        """What the last step taken leads to."""
        return self.steps[self.taken - 1].new if self.taken else {}

    def migrations(self, model: Model, url: str | None = None, folder: Path | None = None) -> Migrations:
        """The migrations to a declaration."""
        return Migrations(domain_of(model), url or self.database.url, {"walked": folder or self.folder})

    def revise(self, step: Step, *, said: bool = False) -> bool:
        """Writes the step, its renames `said` or declared; False where there is no conversion, which is refused."""
        own = self.migrations(step.new)
        drops = tuple(thing if name is None else f"{thing}.{name}" for thing, name in step.gone())
        renames = step.renames() if said else ()
        if step.inconvertible():
            self._refused(own.revision("Step", Decisions(renames, drops)), "no_conversion")
            return False
        if drops:
            self._undecided(own, step, renames)
        path = run(own.revision("Step", Decisions(renames, drops) if renames or drops else UNDECIDED))
        if path is not None:
            self.steps.append(step)
            self.files.append(path)
        elif self.steps:
            # Nothing of it is kept in the database.
            last = self.steps[-1]
            self.steps[-1] = Step(last.old, step.new, last.things, last.fields)
        self._unchanged()
        return True

    def forget(self) -> None:
        """Takes back the last step, which was not taken."""
        assert self.taken < len(self.steps)
        self.steps.pop()
        self.files.pop().unlink()
        self.seen.pop(len(self.steps) + 1, None)

    def up(self) -> set[tuple[str, Value]]:
        """Carries out all steps that are waiting, or none: then the records in the way, of what stands."""
        rows, by_hand, keys = self.rows, {*self.by_hand}, dict[str, str]()
        for step in self.steps[self.taken :]:
            found = carried(rows, step, fills=True)
            keys = {thing: keys.get(origin, origin) for thing in step.new if (origin := step.origin(thing)) is not None}
            if found.refused:
                self._stopped(self.migrations(self.declared).upgrade(), found)
                return {(keys[thing], key) for thing, key in found.refused}
            rows, by_hand = found.rows, {thing for thing in step.new if step.origin(thing) in by_hand}
        run(self.migrations(self.declared).upgrade())
        self.rows, self.by_hand, self.taken = rows, by_hand, len(self.steps)
        self.look()
        if unlike := run(self.migrations(self.declared).check()):
            raise Fault(f"check: {unlike}")
        return set()

    def down(self) -> set[tuple[str, Value]]:
        """Takes back the last step taken, or not: then the records in the way."""
        step = self.steps[self.taken - 1].back()
        found = carried(self.rows, step, fills=False)
        if found.refused:
            self._stopped(self.migrations(self.declared).downgrade("-1"), found)
            return {(str(step.origin(thing)), key) for thing, key in found.refused}
        run(self.migrations(self.declared).downgrade("-1"))
        self.by_hand = {thing for thing in step.new if step.origin(thing) in self.by_hand}
        self.rows, self.taken = found.rows, self.taken - 1
        self.look()
        return set()

    def insert(self, thing: str, row: Row) -> bool:
        """Adds a record, unless it breaks what is declared."""
        values = {**row, **({HAND: "by hand"} if thing in self.by_hand else {})}
        after = {**self.rows, thing: {**self.rows[thing], None: values}}
        if any(True for _ in breaches(after, self.standing)):
            return False
        self.rows[thing][self.database.insert(thing, self.standing, values)] = values
        return True

    def delete(self, records: set[tuple[str, Value]]) -> None:
        """Removes records, and those that point to them."""
        gone: dict[str, set[Value]] = {}
        ahead = [*records]
        while ahead:
            thing, key = ahead.pop()
            if key in gone.setdefault(thing, set()):
                continue
            gone[thing].add(key)
            for other, column in _pointing(thing, self.standing):
                ahead += [(other, each) for each, row in self.rows[other].items() if row[column] == key]
        self.database.delete(gone)
        for thing, keys in gone.items():
            for key in keys:
                del self.rows[thing][key]

    def touch(self, thing: str) -> None:
        """Adds by hand to a table what its owner may want there."""
        self.database.by_hand(thing)
        self.by_hand.add(thing)
        for key, row in self.rows[thing].items():
            row[HAND] = str(key)

    def look(self) -> None:
        """Compares all that is there with what has to be."""
        found = self.database.rows(self.standing, self.by_hand)
        if not same(self.rows, found):
            raise Fault(f"records: expected {self.rows}, found {found}")
        ours, by_hand, theirs = self.database.definitions()
        if self.taken in self.seen and self.seen[self.taken] != ours:
            raise Fault(f"definitions: {sorted(self.seen[self.taken] ^ ours)}")
        self.seen[self.taken] = ours
        if theirs != self.theirs:
            raise Fault(f"what is others': {sorted(theirs ^ self.theirs)}")
        tables = sorted(row[1] for row in by_hand)
        if tables != sorted(BY_HAND * [table_name(thing) for thing in self.by_hand]):
            raise Fault(f"what was made by hand: {sorted(by_hand)}")

    def end(self) -> None:
        """Compares what stands with a database made by the same steps, and with one made by a first step."""
        ours = self.seen[self.taken]
        if self.taken < len(self.steps):
            return
        self.scratch.wipe()
        run(self.migrations(self.declared, self.scratch.url).upgrade())
        self._alike("by the same steps", ours)
        run(self.migrations(self.declared, self.scratch.url).downgrade("base"))
        if self.scratch.definitions()[0] != self.seen[0]:
            raise Fault(f"left behind: {sorted(self.scratch.definitions()[0])}")
        self.scratch.wipe()
        folder = self.folder.with_name(f"{self.folder.name}_anew")
        anew = self.migrations(self.declared, self.scratch.url, folder)
        run(anew.revision("Begin"))
        run(anew.upgrade())
        self._alike("by a first step", ours)

    def _alike(self, made: str, ours: Definitions) -> None:
        found = self.scratch.definitions()[0]
        if found != ours:
            raise Fault(f"made {made}: only there {sorted(found - ours)}, only here {sorted(ours - found)}")

    def _undecided(self, own: Migrations, step: Step, renames: tuple[str, ...]) -> None:
        failure = self._refused(own.revision("Step", Decisions(renames)), "undecided_drop")
        told = {str(issue.params["name"]): issue.params["rows"] for issue in failure.issues}
        expected: dict[str, int] = {}
        for thing, name in step.gone():
            origin = str(step.origin(thing) if name is not None else thing)
            rows = self.rows.get(origin, {}).values()
            if name is None:
                expected[table_name(thing)] = len(rows)
                continue
            column = column_of(name, step.old[origin].fields[name])
            expected[f"{table_name(thing)}.{column}"] = sum(row[column] is not None for row in rows)
        if told != expected:
            raise Fault(f"told of what is lost: {told}, expected {expected}")

    def _stopped(self, running: Any, found: Carried) -> None:
        # What no look can tell is told by PostgreSQL; which of several comes first is the step's.
        codes = ("rows_in_the_way", "step_failed") if found.unreadable else ("rows_in_the_way",)
        failure = self._refused(running, *codes)
        (issue,) = failure.issues
        if issue.code == "rows_in_the_way" and not 0 < issue.params["rows"] <= max(map(len, found.rows.values())):
            raise Fault(f"told of {issue.params['rows']} records in the way")

    def _refused(self, running: Any, *codes: str) -> Failure:
        try:
            run(running)
        except (Invalid, Conflict) as failure:
            told = {issue.code for issue in failure.issues}
            if not told <= {*codes}:
                raise Fault(f"expected {codes}, told {told}: {failure}") from failure
            self._unchanged()
            return failure
        raise Fault(f"expected {codes}, and nothing was refused")

    def _unchanged(self) -> None:
        if len([*self.folder.glob("*.py")]) != len(self.files):
            raise Fault("a step that was refused is written")
        if self.taken in self.seen:
            self.look()


def _pointing(thing: str, model: Model) -> list[tuple[str, str]]:
    """The columns that point to a resource."""
    return [
        (other, column)
        for other, each in model.items()
        for column, kept in each.columns.items()
        if isinstance(kept, Link) and kept.target == thing
    ]


def run(running: Any) -> Any:
    """The end of what runs in an event loop."""
    return asyncio.run(running)
