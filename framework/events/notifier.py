"""Turns what actions did into events: who, what, and the public values it is left with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from framework.actions.beside import beside
from framework.actions.changeset import Outcome
from framework.actions.session import Session
from framework.data.chunks import chunks
from framework.events.log import Log, NewEvent
from framework.naming import event_type
from framework.spec.action import ActionKind


@dataclass(frozen=True, slots=True)
class EventNotifier:
    """Notes every outcome in the log, inside the transaction that made it."""

    log: Log

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Writes one event for each outcome."""
        for part in chunks(outcomes):
            await self.log.write(await beside(part, partial(_events_of, part)), session)


def _events_of(outcomes: Sequence[Outcome]) -> list[NewEvent]:
    return [event_of(outcome) for outcome in outcomes]


def event_of(outcome: Outcome) -> NewEvent:
    """The event an outcome leaves."""
    changeset = outcome.changeset
    resource, action = changeset.resource, changeset.action
    return NewEvent(
        type=event_type(resource.name, action.name),
        target_type=resource.name,
        target_id=str(outcome.record[resource.key.name]),
        data=_written(outcome),
        tenant=_tenant(outcome),
    )


def _tenant(outcome: Outcome) -> str | None:
    """Whose the record is that it happened to."""
    tenancy = outcome.changeset.resource.tenancy
    tenant = None if tenancy is None else outcome.record[tenancy.attribute]
    return None if tenant is None else str(tenant)


def _written(outcome: Outcome) -> dict[str, Any]:
    """The values the action wrote, as JSON, of those that nothing is hidden of from anybody; a destroy has none."""
    changeset = outcome.changeset
    if changeset.action.kind is ActionKind.DESTROY:
        return {}
    attributes, held = changeset.resource.attributes, changeset.resource.field_policies
    return {
        name: attributes[name].type.dump(outcome.record[name])
        for name in changeset.values
        if attributes[name].public and not attributes[name].sensitive and not (name in held and held[name].readable)
    }
