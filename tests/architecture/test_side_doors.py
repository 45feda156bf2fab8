"""Whatever sees or does more than its caller may is on a list, with the reason that it states: a new one is reviewed.

A side door is `as_system`, a session of the system itself, the layer beneath the sessions, a look at the whole world, a
write beneath the actions, a key's scopes left behind, and each of these by another name.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any

from tests.architecture.side_doors import UNSTATED, doors_of

Modules = Sequence[Any]

AGREED = Path(__file__).parent / "side_doors.txt"
# These are the store itself, and what tests work with.
BENEATH = ("framework.sql", "framework.data", "framework.testing")


def test_every_side_door_was_agreed_upon(modules: Modules) -> None:
    counted = Counter(_found(modules))
    found = sorted(f"{name}: {door}{f' ({n} times)' * (n > 1)}" for (name, door), n in counted.items())
    agreed = AGREED.read_text(encoding="utf-8").splitlines()
    changed = list(unified_diff(agreed, found, "agreed", "found", lineterm="", n=0))
    assert not changed, "\n".join([*changed, "", f"if this is meant, change {AGREED.name}"])


def test_whoever_acts_as_the_system_says_why_in_words(modules: Modules) -> None:
    assert [(name, door) for name, door in _found(modules) if UNSTATED in door] == []


def test_every_way_by_a_side_door_is_found() -> None:
    assert list(doors_of(ast.parse(WAYS), ours=True)) == [
        "as_system: words",
        "as_system: it is known",
        f"as_system: {UNSTATED}",
        f"as_system: {UNSTATED}",
        "by another name: as_system",
        "system: words",
        "system: the `why` given",
        "beneath the sessions: layer.transaction",
        "beneath the sessions: layer",
        "sees the whole world: scoped(None)",
        "sees the whole world: whole()",
        "leaves the scopes of a key: entered()",
        "writes beneath the actions: update",
        "writes beneath the actions: discard",
        "by another name: as_system",
        "makes a session: replace(scope=…)",
        "makes a session: LiveSession",
    ]


def _found(modules: Modules) -> Iterator[tuple[str, str]]:
    for module in modules:
        if not module.name.startswith(BENEATH):
            ours = not module.name.startswith("framework")
            yield from ((module.name, door) for door in doors_of(module.tree, ours=ours))


WAYS = """
WHY = "it is known"
session.as_system("words")
session.as_system(WHY)
session.as_system(why)
session.as_system(f"{why}")
act = session.as_system
engine.system("words")
engine.system(why)
engine.layer.transaction()
mine = engine.layer
reader.scoped(None)
session.whole()
session.entered()
session.writer.update(spec, where, values)
own.writer.discard(spec, where)
getattr(session, "as_system")
replace(session, scope=None)
LiveSession(engine, context)
"""
