"""What the policies say of calls: refused, allowed, or allowed for some records, which are looked at where they are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from framework.actions.changeset import AskedAgain, Changeset
from framework.actions.permission.satisfied import unsatisfied
from framework.actions.permission.tenants import without_tenant
from framework.actions.records import not_found, rows_of
from framework.actions.session import Session
from framework.context import Context
from framework.data.protocols import Reads
from framework.data.selection import Lock
from framework.errors import Forbidden
from framework.expr.nodes import FALSE, TRUE, Node, every
from framework.policy.decisions import Decisions
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.key_scopes import scopes_allow

Verdict = Node | Forbidden


def permitted(action: ActionSpec, changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, each with the condition that its record has to satisfy, refused where nothing allows the call.

    What is decided here needs no look at any record, so nothing of one can be told by it.
    """
    decisions = session.decisions
    if decisions is None:
        return list(changesets)
    if not scopes_allow(session.scopes, action):
        return [changeset.failing(forbidden(action)) for changeset in changesets]
    homeless = without_tenant(action, session.domain.resources[action.resource], session.context)
    if homeless is not None:
        return [changeset.failing(homeless) for changeset in changesets]
    # Of a long list most give the same of what is asked for: what is decided of one is decided of all of these.
    verdicts: dict[Hashable, Verdict] = {}
    return [_permitted(changeset, decisions, session.context, verdicts) for changeset in changesets]


async def held_to_permits(changesets: Sequence[Changeset], reader: Reads) -> list[Changeset]:
    """The changesets, refused where their record is hidden, or is none that the policies allow this for.

    `reader` sees what the session sees.
    """
    asked = [c for c in changesets if c.permit is not None and c.id is not None]
    if not asked or all(c.permit == TRUE and c.record is not None for c in asked):
        return list(changesets)
    seen = await rows_of(asked, reader, Lock.NONE)
    lost = await _not_permitted(asked, reader)
    return [
        c if c.permit is None or c.id is None else _held(c, is_seen=c.id in seen, is_permitted=c.id not in lost)
        for c in changesets
    ]


async def hidden_first(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, those that are refused for their input refused for their record instead where that is hidden.

    Nothing is told about the input to whoever may not do this to the record.
    """
    wrong = [c for c in changesets if _is_wrong(c)]
    if not wrong or not wrong[0].action.needs_record:
        return list(changesets)
    async with session.snapshot_read() as reader:
        held = iter(await held_to_permits([replace(c, refusals=()) for c in wrong], reader))
    return [_instead(c, next(held)) if _is_wrong(c) else c for c in changesets]


def forbidden(action: ActionSpec, *path: str) -> Forbidden:
    """Nothing allows this to whoever asks."""
    return Forbidden(f"`{action.resource}.{action.name}` is not allowed", path=path)


def _permitted(
    changeset: Changeset, decisions: Decisions, context: Context, verdicts: dict[Hashable, Verdict]
) -> Changeset:
    action = changeset.action
    given: Mapping[str, Any] = {**changeset.arguments, **changeset.values}
    alike = decisions.alike(action, given)
    verdict = verdicts.get(alike)
    if verdict is None:
        verdict = _verdict(action, decisions, context, given)
        if alike is not None:
            verdicts[alike] = verdict
    if isinstance(verdict, Forbidden):
        return changeset.failing(verdict)
    if action.kind is not ActionKind.UPDATE:
        return replace(changeset, permit=verdict)
    afterwards = partial(decisions.afterwards, action, context, given)
    return replace(changeset, permit=verdict, again=AskedAgain(decisions.spoken_of(action), afterwards))


def _verdict(action: ActionSpec, decisions: Decisions, context: Context, given: Mapping[str, Any]) -> Verdict:
    """What the record of such a call has to satisfy, or why there is none of which it is allowed."""
    decided = decisions.decided(action, context, given)
    if decided == FALSE:
        return forbidden(action)
    fields = decisions.writable(action, context, given)
    for name, condition in fields.items():
        if condition == FALSE:
            return forbidden(action, name)
    # What a read may find is part of what its session sees.
    return every(*fields.values()) if action.kind is ActionKind.READ else every(decided, *fields.values())


def _held(changeset: Changeset, *, is_seen: bool, is_permitted: bool) -> Changeset:
    if not is_seen:
        return changeset.failing(not_found(changeset))
    return changeset if is_permitted else changeset.failing(forbidden(changeset.action))


def _is_wrong(changeset: Changeset) -> bool:
    return bool(changeset.refusals) and changeset.permit is not None and changeset.id is not None


def _instead(wrong: Changeset, held: Changeset) -> Changeset:
    return held if held.refusals else wrong


async def _not_permitted(changesets: Sequence[Changeset], reader: Reads) -> set[Any]:
    """The keys of those that the policies do not allow; that is asked of the whole world."""
    asked = [(c.id, None if c.permit == TRUE else c.permit) for c in changesets]
    places = await unsatisfied(asked, changesets[0].resource, reader.whole())
    return {changesets[place].id for place in places}
