"""Changesets → stored records, by as few statements as can say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from framework.actions.alike import alike
from framework.actions.changeset import Changeset, Outcome
from framework.actions.guards import hold_created
from framework.actions.permission.changed import held_to_what_they_became, kept_before, refuse_what_they_would_become
from framework.actions.permission.unmade import Unmade, permits_first, refuse_unmade
from framework.actions.records import key_condition, lock_of, rows_of
from framework.actions.session import Session
from framework.actions.unmatched import unmatched
from framework.data.chunks import chunks
from framework.data.protocols import Row, Transaction
from framework.data.refusals import may_pass
from framework.data.selection import Lock, Selection
from framework.errors import Conflict, Failure, Issue
from framework.expr.nodes import TRUE, Node, every
from framework.expr.whole import Whole
from framework.spec.action import ActionKind


async def persist(changesets: Sequence[Changeset], session: Session) -> list[Outcome]:
    """The outcome of each changeset, in order; raises NotFound, Forbidden or Conflict for those whose record did not
    match."""
    kind, tx = changesets[0].action.kind, session.writer
    if kind is ActionKind.CREATE:
        return await _create_guarded(changesets, session)
    groups = alike(changesets, _said)
    if len(groups) > 1:
        # Statements after each other lock in the order of the groups: the records are locked before, by key.
        await rows_of(changesets, tx, lock_of(changesets[0].action))
    before = await kept_before(changesets, tx) if kind is ActionKind.UPDATE else None
    if before is None:
        return await _written(groups, changesets, tx)
    return await permits_first(
        lambda: _written(groups, changesets, tx),
        lambda _: held_to_what_they_became(changesets, before, tx),
        lambda: refuse_what_they_would_become(changesets, before, session.domain, tx),
        tx,
    )


async def _written(
    groups: Sequence[Sequence[Changeset]], changesets: Sequence[Changeset], tx: Transaction
) -> list[Outcome]:
    """Updated or destroyed, a group by a statement."""
    index = {changeset.id: place for place, changeset in enumerate(changesets)}
    written: dict[Any, Row] = {}
    for group in groups:
        with _told_under([index[changeset.id] for changeset in group], several=len(changesets) > 1):
            updates = group[0].action.kind is ActionKind.UPDATE
            rows = await (_update(group, tx) if updates else _delete(group, tx))
        written.update({row[changesets[0].resource.key.name]: row for row in rows})
    lost = [changeset for changeset in changesets if changeset.id not in written]
    if lost:
        raise await unmatched(lost, changesets, tx)
    return [_outcome(changeset, written[changeset.id]) for changeset in changesets]


async def _create_guarded(changesets: Sequence[Changeset], session: Session) -> list[Outcome]:
    """What was made is looked at as it is stored; what is not as its guard asks is not there even if that is caught."""
    tx = session.writer
    if all(changeset.where is None and changeset.permit in (None, TRUE) for changeset in changesets):
        return await _create(changesets, tx)
    unmade = [Unmade(changeset, None if changeset.permit == TRUE else changeset.permit) for changeset in changesets]
    return await permits_first(
        lambda: _create(changesets, tx),
        lambda outcomes: hold_created(outcomes, tx),
        lambda: refuse_unmade(unmade, session.domain, tx.whole()),
        tx,
    )


async def _create(changesets: Sequence[Changeset], tx: Transaction) -> list[Outcome]:
    """In statements of two hundred rows: what one takes besides its rows does not grow with their number."""
    outcomes: list[Outcome] = []
    for part in chunks(changesets):
        places = range(len(outcomes), len(outcomes) + len(part))
        with _told_under(places, several=len(changesets) > 1):
            rows = await tx.insert(part[0].resource, [changeset.values for changeset in part])
        outcomes.extend(_outcome(changeset, row) for changeset, row in zip(part, rows, strict=True))
    return outcomes


async def _update(group: Sequence[Changeset], tx: Transaction) -> list[Row]:
    first, resource = group[0], group[0].resource
    if not first.values:
        # A change that changes nothing is still a look at the record, which has to be there.
        where = every(key_condition(group), held_by(first))
        return await tx.read(Selection(resource, tuple(resource.attributes), where, lock=Lock.UPDATE))
    if len(group) == 1:
        return await tx.update(resource, every(key_condition(group), held_by(first)), first.values)
    return await tx.update_each(resource, {changeset.id: changeset.values for changeset in group}, held_by(first))


async def _delete(group: Sequence[Changeset], tx: Transaction) -> list[Row]:
    try:
        return await tx.delete(group[0].resource, every(key_condition(group), held_by(group[0])))
    except Conflict as failure:
        # One statement is about them all, so what is still in use is told by its key.
        raise Conflict.of(_under_key(issue, group) for issue in failure.issues) from failure


def _under_key(issue: Issue, group: Sequence[Changeset]) -> Issue:
    """What is wrong with a record, told under its place in the group if that was asked to go."""
    places = {str(changeset.id): place for place, changeset in enumerate(group)}
    told = issue.params.get("target") == group[0].resource.name and issue.params.get("id") in places
    return issue.under(places[issue.params["id"]]) if told and len(group) > 1 else issue


def held_by(changeset: Changeset) -> Node | None:
    """What the record has to be like: as the guard asks, and as the policies do. Nothing is hidden from either."""
    if changeset.permit is None:
        return changeset.where
    asked = every(changeset.where, changeset.permit)
    return None if asked == TRUE else Whole(asked)


def _said(changeset: Changeset) -> tuple[Any, ...]:
    """The guard and permit of a changeset, the attributes it writes, and the expressions among what they become."""
    nodes = ((name, value) for name, value in changeset.values.items() if isinstance(value, Node))
    return changeset.where, changeset.permit, frozenset(changeset.values), frozenset(nodes)


@contextmanager
def _told_under(places: Sequence[int], *, several: bool) -> Iterator[None]:
    """What the store refuses of some of the changesets is told under their place among all of the call."""
    try:
        yield
    except Failure as failure:
        if not several or may_pass(failure):
            raise
        raise type(failure).of(_moved(issue, places) for issue in failure.issues) from failure


def _moved(issue: Issue, places: Sequence[int]) -> Issue:
    if issue.path and isinstance(issue.path[0], int):
        return replace(issue, path=(places[issue.path[0]], *issue.path[1:]))
    return issue.under(places[0]) if len(places) == 1 else issue


def _outcome(changeset: Changeset, row: Row) -> Outcome:
    return Outcome(changeset, changeset.resource.record.of(row))
