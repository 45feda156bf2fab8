"""Who asks, and the clock: said explicitly with every call and carried into jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from framework.identifiers import uuid7


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a kind ("user", "key", "job"), an id, and the facts that policies read."""

    kind: str
    id: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, in which tenant and by which request: given with every call, kept with the jobs that it queues.

    `tenant` is the key of a tenant as a text; without one, nothing is met that belongs to tenants.
    """

    actor: Actor | None = None
    request_id: UUID = field(default_factory=uuid7)
    tenant: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What a job keeps of the context it was queued in: not the facts, which are asked for anew when it runs."""
        actor = self.actor and {"kind": self.actor.kind, "id": self.actor.id}
        within = {} if self.tenant is None else {"tenant": self.tenant}
        return {"actor": actor, "request_id": str(self.request_id), **within}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Context:
        """The context as it was kept: whoever acts in it has no facts."""
        actor = data.get("actor")
        return cls(
            actor=Actor(actor["kind"], actor["id"]) if actor else None,
            request_id=UUID(data["request_id"]),
            tenant=data.get("tenant"),
        )
