"""Changed records, asked about once more: nobody may make of a record what they could not have touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.permission.permits import forbidden, held_to_permits
from framework.actions.permission.satisfied import unsatisfied
from framework.actions.permission.unmade import Unmade, refuse_unmade
from framework.actions.records import rows_of
from framework.actions.refusals import refuse_wrong, together
from framework.data.protocols import Row, Transaction
from framework.data.selection import Lock
from framework.expr.nodes import TRUE, Node
from framework.spec.domain import DomainSpec


async def kept_before(changesets: Sequence[Changeset], tx: Transaction) -> Mapping[Any, Row] | None:
    """The rows as they are, locked, of changesets that give what the policies speak of; None if none does."""
    asked = [changeset for changeset in changesets if _asked_again(changeset)]
    return await rows_of(asked, tx.whole(), Lock.UPDATE) if asked else None


async def held_to_what_they_became(changesets: Sequence[Changeset], before: Mapping[Any, Row], tx: Transaction) -> None:
    """Returns if the policies allow the call for every record as it is now; raises Forbidden.

    What the action itself has set, such as the state it moves a record to, counts as it was.
    """
    again = [place for place, changeset in enumerate(changesets) if changeset.id in before]
    if not again:
        return
    asked = [(changesets[place].id, _afterwards(changesets[place], before)) for place in again]
    lost = await unsatisfied(asked, changesets[0].resource, tx.whole())
    if lost:
        raise together({again[each]: [forbidden(changesets[0].action)] for each in lost}, len(changesets))


async def refuse_what_they_would_become(
    changesets: Sequence[Changeset], before: Mapping[Any, Row], domain: DomainSpec, tx: Transaction
) -> None:
    """Returns if the policies allow the call for every record as it is, and as it would be; raises what they say."""
    refuse_wrong(await held_to_permits(changesets, tx))
    unmade = [Unmade(c, _afterwards(c, before), before[c.id]) if c.id in before else None for c in changesets]
    await refuse_unmade(unmade, domain, tx.whole())


def _asked_again(changeset: Changeset) -> bool:
    if changeset.again is None or changeset.permit in (None, TRUE):
        return False
    worked_out = any(name in changeset.resource.derived for name in changeset.again.names)
    given = _by_the_caller(changeset)
    return bool(given) and (worked_out or bool(changeset.again.names & given))


def _by_the_caller(changeset: Changeset) -> set[str]:
    given = ((name, changeset.typed[name]) for name in changeset.action.accept if name in changeset.typed)
    return {name for name, value in given if changeset.values.get(name) is value}


def _afterwards(changeset: Changeset, before: Mapping[Any, Row]) -> Node | None:
    assert changeset.again is not None
    row = before[changeset.id]
    node = changeset.again.of({name: row[name] for name in changeset.again.names if name in row})
    return None if node == TRUE else node
