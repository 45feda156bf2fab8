"""Whether one may do this and that with records: decided once for all of them, and looked up at once where it hangs on
each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from framework.actions.cast import cast, cast_id
from framework.actions.changeset import Changeset
from framework.actions.permission.can import Permission, permission_of
from framework.actions.permission.narrowed import narrowed
from framework.actions.permission.permits import permitted
from framework.actions.permission.reasons import NOT_FOUND
from framework.actions.permission.satisfied import unsatisfied
from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.protocols import Reads
from framework.data.selection import Selection
from framework.errors import Invalid, NotFound
from framework.expr.nodes import TRUE, Among, Ref
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec

Permissions = dict[str, Permission]


async def permissions_of(session: Session, resource: ResourceSpec, id: Any) -> Permissions:  # noqa: A002
    """Of every public action about a record, by its name; raises Invalid for what is no key, and NotFound."""
    key, issues = cast_id(resource, id)
    if issues:
        raise Invalid.of(issues)
    async with session.snapshot_read() as reader:
        if not await seen_keys(session, resource, [key], reader):
            raise NotFound.record(resource.name, key)
        names = tuple(action.name for action in resource.record_actions)
        return (await permissions_on(session, resource, [key], reader, actions=names))[key]


def permissions_without_record(session: Session, resource: ResourceSpec) -> Permissions:
    """Of every public action that is about no record as yet, by its name."""
    return {action.name: _decided(session, resource, action)[0] for action in resource.recordless_actions}


async def permissions_on(
    session: Session, resource: ResourceSpec, keys: Sequence[Any], reader: Reads, *, actions: Sequence[str]
) -> dict[Any, Permissions]:
    """The permission of each of these actions for each record there is, by its key.

    A look at the records for every condition that is left to ask, however many the records and the actions.
    """
    seen = await seen_keys(session, resource, keys, reader)
    found: defaultdict[Any, Permissions] = defaultdict(dict)
    open_: list[tuple[Any, str]] = []
    asked = []
    for name in actions:
        permission, changeset = _decided(session, resource, resource.actions[name])
        hangs = not changeset.refusals and changeset.permit not in (None, TRUE)
        for key in dict.fromkeys(keys):
            found[key][name] = permission if key in seen else Permission(allowed=False, reason=NOT_FOUND)
            if hangs and key in seen:
                open_.append((key, name))
                asked.append((key, changeset.permit))
    for place in await unsatisfied(asked, resource, reader.whole()) if asked else ():
        key, name = open_[place]
        found[key][name] = replace(found[key][name], allowed=False)
    return found


def _decided(session: Session, resource: ResourceSpec, action: ActionSpec) -> tuple[Permission, Changeset]:
    """What is decided without a look at any record, whatever the input would be."""
    (asked,) = cast(action, resource, [Request()])
    (changeset,) = permitted(action, [replace(asked, refusals=())], session)
    return permission_of(changeset, session), changeset


async def seen_keys(session: Session, resource: ResourceSpec, keys: Sequence[Any], reader: Reads) -> set[Any]:
    """The keys of records that the session sees by itself, whichever read it goes by at the moment."""
    if session.decisions is not None:
        scope = narrowed(session.decisions.scope(session.context), session.scopes, session.domain)
        reader = reader.scoped(scope)
    key = resource.key.name
    rows = await reader.read(Selection(resource, (key,), Among(Ref(key), tuple(keys))))
    return {row[key] for row in rows}
