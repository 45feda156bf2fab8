"""Carrying out by the store: what creates, updates and destroys come down to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from framework.actions.cascade import Affected, affected_by, cascades, marks_others, told_of
from framework.actions.changeset import Changeset, Outcome
from framework.actions.load import as_asked
from framework.actions.notifier import Notifier, NullNotifier
from framework.actions.persist import persist
from framework.actions.query import Query
from framework.actions.session import Session
from framework.errors import Conflict, Issue


async def store(changesets: Sequence[Changeset], session: Session) -> list[Outcome]:
    """The records as they are stored now; raises NotFound or Conflict for those that did not match."""
    return await persist(changesets, session)


async def destroy(
    changesets: Sequence[Changeset], session: Session, *, returning: Query, notifier: Notifier
) -> list[Outcome]:
    """The records as they were, with what `returning` asks of them, which is read before they go.

    What goes or changes with them is found where somebody is told of it, or where a moment of change is to move.
    """
    resource = changesets[0].resource
    told = not changesets[0].action.quiet and not isinstance(notifier, NullNotifier)
    found = told or marks_others(resource, session.domain)
    # Whatever goes with a record goes, whoever may see it.
    everything = session.as_system("what goes with a record, or loses its link to it, is found whoever may see it")
    affected = await affected_by(changesets, everything) if found else None
    seen = await as_asked(session, resource, [c.id for c in changesets], returning.locked())
    try:
        gone = await _gone(changesets, session, affected)
    except Conflict as failure:
        raise Conflict.of(_of_what_is_seen(issue, changesets, session) for issue in failure.issues) from failure
    also = {} if affected is None else await told_of(affected, everything)
    heard = also if told else {}
    return [replace(o, result=seen.get(o.changeset.id), cascaded=heard.get(o.changeset.id, ())) for o in gone]


async def _gone(changesets: Sequence[Changeset], session: Session, affected: Affected | None) -> list[Outcome]:
    """Destroyed, or refused with the index of each record that cannot go, or that something in use goes with."""
    if len(changesets) == 1:
        return await persist(changesets, session)
    try:
        if affected is not None or not cascades(changesets[0].resource, session.domain):
            return await persist(changesets, session)
        # What goes with them is looked for only once it is in the way, and nothing can be asked after a failure.
        async with session.savepoint():
            return await persist(changesets, session)
    except Conflict as failure:
        if all(_placed(issue) for issue in failure.issues):
            raise
        everything = session.as_system("what goes with a record is found whoever may see it")
        found = await affected_by(changesets, everything) if affected is None else affected
        places = {changeset.id: place for place, changeset in enumerate(changesets)}
        raise Conflict.of(_under_root(issue, found, places) for issue in failure.issues) from failure


def _of_what_is_seen(issue: Issue, changesets: Sequence[Changeset], session: Session) -> Issue:
    """What is wrong, without the key of a record that goes with another and may be hidden."""
    target, scope = issue.params.get("target"), session.scope
    if target is None or scope is None or target not in scope.rows:
        return issue
    if target == changesets[0].resource.name and issue.params["id"] in {str(changeset.id) for changeset in changesets}:
        return issue
    return replace(issue, params={name: value for name, value in issue.params.items() if name != "id"})


def _under_root(issue: Issue, affected: Affected, places: dict[object, int]) -> Issue:
    """What is wrong with a record that goes with another, told under the place of that one."""
    if _placed(issue) or "target" not in issue.params:
        return issue
    root = affected.root_of(issue.params["target"], issue.params["id"])
    return issue if root is None else issue.under(places[root])


def _placed(issue: Issue) -> bool:
    return bool(issue.path) and isinstance(issue.path[0], int)
