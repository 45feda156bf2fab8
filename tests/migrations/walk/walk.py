"""A walk over declarations with records in the tables: each step is held to what has to become of all that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from framework.errors import Conflict, Failure, Invalid
from framework.naming import table_name
from framework.sql.migrations.alembic_commands import Written
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.walk.carrying import HAND, Carried, Row, Rows, Step, breaches, carried, work_out
from tests.migrations.walk.database import Database, Definitions, same
from tests.migrations.walk.kinds import Value
from tests.migrations.walk.model import Model, domain_of
from tests.migrations.walk.questions import alike, losses, pointing

# How many things are added to a table by hand.
BY_HAND = 5
# As what a step is refused that is inconvertible, unsplittable or reworked.
NO_WAY = ("no_conversion", "no_split", "no_online_way")


class Fault(AssertionError):
    """What a walk has found."""


@dataclass(slots=True)
class Walk:
    """Where it stands: the steps there are, how many of them are taken, and the records as they have to be."""

    database: Database
    scratch: Database
    folder: Path
    comments: bool = False
    steps: list[Step] = field(default_factory=list)
    files: list[Sequence[Path]] = field(default_factory=list)
    taken: int = 0
    rows: Rows = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)
    seen: dict[int, Definitions] = field(default_factory=dict)
    theirs: Definitions = frozenset()
    # What each step that was written is made of, beginning with its manner.
    made: list[tuple[str, list[str]]] = field(default_factory=list)
    # Before which operation of what is carried out next the connection is lost.
    cut: int | None = None

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
        domain = domain_of(model, comments=self.comments)
        return Migrations(domain, url or self.database.url, {"walked": folder or self.folder})

    def begin(self, model: Model, written: str | None = None) -> str:
        """Makes a first step, or takes the one that another walk has written; gives what is written."""
        step = Step({}, model)
        if written is None:
            self.revise(step)
        else:
            self.folder.mkdir(parents=True)
            path = self.folder / "begin.py"
            path.write_text(written)
            self.steps, self.files = [step], [[path]]
        run(self.migrations(model).upgrade())
        self.rows, self.taken = {thing: {} for thing in model}, 1
        self.look()
        return self.files[0][0].read_text()

    def revise(self, step: Step, *, said: bool = False) -> bool:
        """Writes the step, its renames `said` or declared; False where there is no way to, which is refused."""
        own = self.migrations(step.new)
        drops = tuple(thing if name is None else f"{thing}.{name}" for thing, name in step.gone())
        decisions = Decisions(step.renames() if said else step.renames(swaps=True), modes=step.modes)
        no_way = (step.inconvertible(), step.unsplittable(), step.reworked())
        if codes := [code for code, found in zip(NO_WAY, no_way, strict=True) if found]:
            self._refused(own.revision("Step", replace(decisions, drops=drops)), *codes)
            return False
        keeps = self._undecided(own, step, decisions) if drops else ()
        written = self._written(own, replace(decisions, drops=drops, keeps=keeps))
        if written:
            self.steps.append(step)
            self.files.append([each.path for each in written])
        elif step.things or step.fields:
            raise Fault("renames of which nothing is written")
        elif self.steps:
            # Nothing of it is kept in the database.
            last = self.steps[-1]
            self.steps[-1] = replace(last, new=step.new)
        self._unchanged()
        return True

    def forget(self) -> None:
        """Takes back the last step, which was not taken."""
        assert self.taken < len(self.steps)
        self.steps.pop()
        for file in self.files.pop():
            file.unlink()
        self.seen.pop(len(self.steps) + 1, None)

    def up(self) -> set[tuple[str, Value]]:
        """Carries out all steps that are waiting, or none: then the records in the way, of what stands."""
        rows, by_hand, keys = self.rows, {*self.by_hand}, dict[str, str]()
        waiting = self.steps[self.taken :]
        for step in waiting:
            found = carried(rows, step, fills=True)
            keys = {thing: keys.get(origin, origin) for thing in step.new if (origin := step.origin(thing)) is not None}
            if found.refused:
                if not _by_parts(waiting):
                    self._stopped(self.migrations(self.declared).upgrade(), found)
                return {(keys[thing], key) for thing, key in found.refused}
            rows, by_hand = found.rows, {thing for thing in step.new if step.origin(thing) in by_hand}
        self._carry_out(self.migrations(self.declared).upgrade, waiting)
        self.stands(rows, by_hand, len(self.steps))
        return set()

    def down(self) -> set[tuple[str, Value]]:
        """Takes back the last step taken, or not: then the records in the way."""
        last = self.steps[self.taken - 1]
        step = last.back()
        found = carried(self.rows, step, fills=False)
        files = len(self.files[self.taken - 1])
        if found.refused:
            if not _by_parts([last]):
                self._stopped(self.migrations(self.declared).downgrade("-1"), found)
            return {(str(step.origin(thing)), key) for thing, key in found.refused}
        for _ in range(files):
            self._carry_out(partial(self.migrations(self.declared).downgrade, "-1"), [last])
        self.rows, self.taken = found.rows, self.taken - 1
        self.by_hand = {thing for thing in step.new if step.origin(thing) in self.by_hand}
        self.look()
        return set()

    def _carry_out(self, running: Callable[[], Coroutine[Any, Any, object]], steps: Sequence[Step]) -> None:
        """To the end, if it has to be from where a connection that was lost has left it."""
        halting = self.database.halting
        halting.after, self.cut = self.cut, None
        try:
            run(running())
        except (Failure, SQLAlchemyError):
            if not halting.halted:
                raise
            if not _by_parts(steps):
                self._unchanged()
            run(running())
        finally:
            halting.after, halting.halted = None, False

    def stands(self, rows: Rows, by_hand: set[str], taken: int) -> None:
        """Where it stands now, which is compared with all that is there."""
        self.rows, self.by_hand, self.taken = rows, by_hand, taken
        self.look()
        if unlike := run(self.migrations(self.declared).check()):
            raise Fault(f"check: {unlike}")

    def insert(self, thing: str, row: Row) -> bool:
        """Adds a record, unless it breaks what is declared."""
        values = {**row, **({HAND: "by hand"} if thing in self.by_hand else {})}
        work_out(values, self.standing[thing])
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
            for other, column in pointing(thing, self.standing):
                ahead += [(other, each) for each, row in self.rows[other].items() if row[column] == key]
        self.database.delete(gone, self.standing)
        for thing, keys in gone.items():
            for key in keys:
                del self.rows[thing][key]

    def touch(self, thing: str) -> None:
        """Adds by hand to a table what its owner may want there."""
        self.database.by_hand(thing, self.standing)
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
        tables = sorted(row[2] for row in by_hand)
        if tables != sorted(BY_HAND * [table_name(thing) for thing in self.by_hand]):
            raise Fault(f"what was made by hand: {sorted(by_hand)}")

    def end(self) -> None:
        """Compares what stands with a database made by the same steps, and with one made by a first step."""
        ours = self.seen[self.taken]
        if self.taken < len(self.steps):
            return
        self.scratch.wipe()
        run(self.migrations(self.declared, self.scratch.url).upgrade())
        self.alike("by the same steps", ours)
        run(self.migrations(self.declared, self.scratch.url).downgrade("base"))
        if self.scratch.definitions()[0] != self.seen[0]:
            raise Fault(f"left behind: {sorted(self.scratch.definitions()[0])}")
        self.scratch.wipe()
        folder = self.folder.with_name(f"{self.folder.name}_anew")
        anew = self.migrations(self.declared, self.scratch.url, folder)
        run(anew.revision("Begin"))
        run(anew.upgrade())
        self.alike("by a first step", ours)

    def alike(self, made: str, ours: Definitions) -> None:
        found = self.scratch.definitions()[0]
        if found != ours:
            raise Fault(f"made {made}: only there {sorted(found - ours)}, only here {sorted(ours - found)}")

    def _written(self, own: Migrations, decisions: Decisions) -> Sequence[Written]:
        try:
            return run(own.written("Step", decisions))  # type: ignore[no-any-return]
        except Invalid as failure:
            keeps = alike(failure)
            if not keeps or decisions.keeps:
                raise
            return self._written(own, replace(decisions, keeps=keeps))

    def _undecided(self, own: Migrations, step: Step, decisions: Decisions) -> tuple[str, ...]:
        """Is told of what is lost; gives what has its name still, though it seems to be another's."""
        failure = self._refused(own.revision("Step", decisions), "undecided_drop", "undecided_swap")
        lost = [issue for issue in failure.issues if issue.code == "undecided_drop"]
        told = {str(issue.params["name"]): issue.params["rows"] for issue in lost}
        expected = losses(step, self.rows)
        if told != expected:
            raise Fault(f"told of what is lost: {told}, expected {expected}")
        return alike(failure)

    def _stopped(self, running: Any, found: Carried) -> None:
        # What no look can tell is told by PostgreSQL; which of several comes first is the step's.
        codes = ("rows_in_the_way",) if found.foreseen else ("rows_in_the_way", "step_failed")
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
        if len([*self.folder.glob("*.py")]) != sum(map(len, self.files)):
            raise Fault("a step that was refused is written")
        if self.taken in self.seen:
            self.look()


def _by_parts(steps: Sequence[Step]) -> bool:
    """Whether steps that end half way have done something."""
    return any(step.modes for step in steps)


def run(running: Any) -> Any:
    """The end of what runs in an event loop."""
    return asyncio.run(running)
