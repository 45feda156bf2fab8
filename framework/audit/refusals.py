"""Keeping what was refused, in a transaction of its own: that of the attempt is undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.cast import cast_id
from framework.actions.load import hides
from framework.actions.notifier import Attempt
from framework.actions.session import Session
from framework.audit.refusal import Refusal
from framework.errors import Failure, Forbidden, NotFound
from framework.events.log import whose
from framework.naming import event_type
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec
from framework.telemetry import log


def is_refusal(action: ActionSpec, failure: Failure, session: Session) -> bool:
    """Whether an attempt failed as whoever made it may not: a record that is hidden from them is not found.

    From whom nothing is hidden of the resource, what is not found is not there.
    """
    if isinstance(failure, NotFound):
        return action.needs_record and hides(session, session.domain.resources[action.resource])
    return isinstance(failure, Forbidden)


async def keep_refusals(action: ActionSpec, attempts: Sequence[Attempt], session: Session) -> None:
    """Writes a row for each attempt, by the key of the record that it named, if it is one, and why it was refused.

    Where the store does not take them, the answer is the same: that is told in the log.
    """
    spec = next((spec for spec in session.domain.resources.values() if spec.record is Refusal), None)
    if spec is None:
        return
    resource = session.domain.resources[action.resource]
    fresh = {name: a.default.fresh() for name, a in spec.attributes.items() if a.default is not None}
    tenant = {} if spec.tenancy is None else {spec.tenancy.attribute: session.context.tenant}
    common = {**fresh, **tenant, **whose(session.context), "action": event_type(action.resource, action.name)}
    rows = [
        {**common, "target_type": action.resource, "target_id": _named(resource, key), "code": failure.issues[0].code}
        for key, failure in attempts
    ]
    own = session.as_system("what was refused is on record, whoever asked for it")

    async def write(inner: Session) -> None:
        await inner.writer.insert(spec, rows)

    try:
        await own.with_transaction(write)
    except Failure as failure:
        log.warning("refusal.not_kept", action=common["action"], code=failure.issues[0].code)


def _named(resource: ResourceSpec, key: Any) -> str | None:
    """The key as events name it; None for what no record can have, which may be anything."""
    if key is None:
        return None
    typed, issues = cast_id(resource, key)
    return None if issues else str(typed)
