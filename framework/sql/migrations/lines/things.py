"""What steps are about: a table, a part of one (a column or a rule), or a member of a column.

A thing is its names: `(table,)`, `(table, part)` or `(table, column, member)`. They change as steps rename.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from alembic.script import Script

Thing = tuple[str, ...]
Renames = Sequence[Sequence[str]]


def renames_of(script: Script) -> Renames:
    """Of a table its two names, of a part its table before them, of a member its column too."""
    return [*getattr(script.module, "renames", ())]


def made_by(script: Script) -> set[Thing]:
    """The parts that the step says it creates, by their names after it."""
    return {(table, part) for table, parts in _said(script, "creates") for part in parts}


def dropped_by(script: Script) -> set[Thing]:
    """The tables and parts that the step says it drops, by their names after its renames."""
    whole = {(table,) for table, parts in _said(script, "drops") if not parts}
    return whole | {(table, part) for table, parts in _said(script, "drops") for part in parts}


def afterwards(thing: Thing, renames: Iterable[Sequence[str]]) -> Thing:
    """What the thing is called once these are carried out."""
    for names in renames:
        *at, old, new = names
        size = len(names) - 1
        if thing[:size] == (*at, old):
            thing = (*at, new, *thing[size:])
    return thing


def before(thing: Thing, renames: Renames) -> Thing:
    """What the thing was called before these were carried out."""
    return afterwards(thing, [(*at, new, old) for *at, old, new in reversed(renames)])


def told(thing: Thing) -> str:
    """The thing in a message."""
    return f"`{'.'.join(thing)}`"


def named(script: Script) -> str:
    """The step in a message."""
    return f"{script.revision} ({script.doc.rstrip('.')})"


def _said(script: Script, word: str) -> Iterator[tuple[str, Sequence[str]]]:
    found: Mapping[str, Sequence[str]] = getattr(script.module, word, {})
    yield from found.items()
