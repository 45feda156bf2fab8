"""The order of steps of several domains: one that says `comes_after` is carried out after those, where they are known.

It does not need them: a domain that leads to no other can be run alone. But what it takes away or gives another type,
the steps of others may have led to until then, in a database that begins at the first of them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import Script

from framework.sql.migrations.running.readiness import several

Plan = Callable[..., Iterable[Any]]


def comes_after(script: Script) -> tuple[str, ...]:
    """The steps of other domains that it comes after."""
    return several(getattr(script.module, "comes_after", None))


def in_turn(scripts: Sequence[Script]) -> list[Script]:
    """The steps, oldest first, which are so but for what they come after."""
    if not any(map(comes_after, scripts)):
        return [*scripts]
    left, done, known = [*scripts], set[str](), {each.revision for each in scripts}
    made: list[Script] = []
    while left:
        ready = next((each for each in left if not (_before(each) & known) - done), left[0])
        left.remove(ready)
        done.add(ready.revision)
        made.append(ready)
    return made


def taking_turns(plan: Plan) -> Plan:
    """The plan of a run, in that order; on the way back in the other one."""

    def planned(revision: Any, context: MigrationContext) -> Iterable[Any]:
        steps = [*plan(revision, context)]
        # A stamp is planned as well, and carries nothing out.
        if not all(isinstance(step, RevisionStep) for step in steps):
            return steps
        by_name = {step.revision.revision: step for step in steps}
        there = all(step.is_upgrade for step in steps)
        scripts = [step.revision for step in (steps if there else reversed(steps))]
        order = [by_name[each.revision] for each in in_turn(scripts)]
        return order if there else order[::-1]

    return planned


def _before(script: Script) -> set[str]:
    return {*script._all_down_revisions, *comes_after(script)}  # noqa: SLF001 - what it needs, by whole names
