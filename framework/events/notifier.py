"""Turns what actions did into events: who, what, and the public values it is left with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from framework.actions.beside import beside
from framework.actions.changeset import Outcome
from framework.actions.notifier import Attempt
from framework.actions.session import Session
from framework.data.chunks import chunks
from framework.declare.resource import Resource
from framework.events.log import Log, NewEvent
from framework.naming import event_type
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class EventNotifier:
    """Notes every outcome in the log, inside the transaction that made it."""

    log: Log

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """Writes one event for each outcome."""
        for part in chunks(outcomes):
            await self.log.write(await beside(part, partial(_events_of, part)), session)

    async def refused(self, action: ActionSpec, attempts: Sequence[Attempt], session: Session) -> None:
        """Writes none: an event tells of what was done."""


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
        before=_before(outcome),
    )


def _tenant(outcome: Outcome) -> str | None:
    """Whose the record is that it happened to."""
    tenancy = outcome.changeset.resource.tenancy
    tenant = None if tenancy is None else outcome.record[tenancy.attribute]
    return None if tenant is None else str(tenant)


def _written(outcome: Outcome) -> dict[str, Any]:
    """The values the action wrote, as JSON; a destroy has none."""
    changeset = outcome.changeset
    if changeset.action.kind is ActionKind.DESTROY:
        return {}
    return _told(changeset.resource, outcome.record, changeset.values)


def _before(outcome: Outcome) -> dict[str, Any] | None:
    """What the values it wrote were before, or all that the record held that is gone; None where nobody keeps it."""
    changeset = outcome.changeset
    if not changeset.action.audited:
        return None
    if changeset.action.kind is ActionKind.DESTROY:
        return _told(changeset.resource, outcome.record, outcome.record.loaded())
    if changeset.record is None:
        return None
    return _told(changeset.resource, changeset.record, changeset.values)


def _told(resource: ResourceSpec, record: Resource, names: Iterable[str]) -> dict[str, Any]:
    """The values as JSON, of those that nothing is hidden of from anybody."""
    attributes, held = resource.attributes, resource.field_policies
    return {
        name: attributes[name].type.dump(record[name])
        for name in names
        if name in attributes
        and attributes[name].public
        and not attributes[name].sensitive
        and not (name in held and held[name].readable)
    }
