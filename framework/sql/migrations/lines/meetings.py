"""Where two lines of steps meet: one renames, drops or makes anew what the other speaks of, or both make the same.

Steps say of themselves what they create, drop and rename; what they speak of is read in their operations. What a step
that was written by hand does not tell is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from alembic.script import Script

from framework.sql.migrations.lines.mentions import Operation, operations_of
from framework.sql.migrations.lines.things import (
    Thing,
    afterwards,
    before,
    dropped_by,
    made_by,
    named,
    renames_of,
    told,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """A name that a step ends, of something that was there before its line began."""

    thing: Thing
    by: Script
    says: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two steps that cannot both be as they are: `by` does something to the thing, of which `other` speaks."""

    thing: Thing
    by: Script
    other: Script
    says: str

    def __str__(self) -> str:
        return f"{named(self.by)} {self.says} {named(self.other)}"


@dataclass(frozen=True, slots=True)
class Line:
    """Steps that follow each other, oldest first, with the renames before each and the operations of each."""

    steps: Sequence[Script]
    renames: Sequence[Sequence[Sequence[str]]]
    operations: Sequence[Sequence[Operation]]

    @classmethod
    def of(cls, steps: Sequence[Script]) -> Line:
        """The line, read."""
        done = [[*chain.from_iterable(map(renames_of, steps[:place]))] for place in range(len(steps))]
        return cls(steps, done, [*map(operations_of, steps)])

    def endings(self) -> Iterator[Ending]:
        """What it renames and drops, by the names before it."""
        made: set[Thing] = set()
        for step, done in zip(self.steps, self.renames, strict=True):
            own = renames_of(step)
            after, creates, seen = [*done, *own], made_by(step), set[Thing]()
            for place, (*at, old, _) in enumerate(own):
                now = (*at, old)
                then = before(now, [*done, *own[:place]])
                if then not in made | seen:
                    seen.add(then)
                    yield Ending(then, step, f"renames {told(then)} to {told(afterwards(then, after))}")
            for now in sorted(dropped_by(step)):
                then = before(now, after)
                if then not in made:
                    yield Ending(then, step, f"{'makes anew' if now in creates else 'drops'} {told(then)}")
            made |= {before(now, after) for now in creates}

    def speaks_of(self, thing: Thing) -> Script | None:
        """The first step that does, under the name that the thing has by then."""
        for step, done, operations in zip(self.steps, self.renames, self.operations, strict=True):
            names = {afterwards(thing, done), afterwards(thing, [*done, *renames_of(step)])}
            if any(operation.names(name) for operation in operations for name in names):
                return step
        return None

    def made(self) -> Mapping[Thing, Script]:
        """What it makes that was not there, by the names before it."""
        found: dict[Thing, Script] = {}
        for step, done in zip(self.steps, self.renames, strict=True):
            after = [*done, *renames_of(step)]
            for now in sorted(made_by(step) - dropped_by(step)):
                found.setdefault(before(now, after), step)
        return found


def meetings(first: Sequence[Script], second: Sequence[Script]) -> list[Meeting]:
    """Where the two lines meet."""
    one, other = Line.of(first), Line.of(second)
    return [*_ended(one, other), *_ended(other, one), *_made_twice(one, other)]


def one_of_each(found: Sequence[Meeting]) -> list[Meeting]:
    """The first of each two steps."""
    seen: dict[frozenset[str], Meeting] = {}
    for each in found:
        seen.setdefault(frozenset({each.by.revision, each.other.revision}), each)
    return [*seen.values()]


def _ended(line: Line, other: Line) -> Iterator[Meeting]:
    for ending in line.endings():
        step = other.speaks_of(ending.thing)
        if step is not None:
            yield Meeting(ending.thing, ending.by, step, f"{ending.says}, of which speaks")


def _made_twice(line: Line, other: Line) -> Iterator[Meeting]:
    made = other.made()
    for thing, step in line.made().items():
        if thing in made:
            yield Meeting(thing, step, made[thing], f"makes {told(thing)}, and so does")
