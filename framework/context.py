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
    `address` is where the request came from, and `credential` says by what the actor is known and never what proves it:
    both are for the record.
    """

    actor: Actor | None = None
    request_id: UUID = field(default_factory=uuid7)
    tenant: str | None = None
    address: str | None = None
    credential: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What a job keeps of the context it was queued in: not the facts, which are asked for anew when it runs."""
        actor = self.actor and {"kind": self.actor.kind, "id": self.actor.id}
        where = {"tenant": self.tenant, "address": self.address, "credential": self.credential}
        told = {name: value for name, value in where.items() if value is not None}
        return {"actor": actor, "request_id": str(self.request_id), **told}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Context:
        """The context as it was kept: whoever acts in it has no facts."""
        actor = data.get("actor")
        return cls(
            actor=Actor(actor["kind"], actor["id"]) if actor else None,
            request_id=UUID(data["request_id"]),
            tenant=data.get("tenant"),
            address=data.get("address"),
            credential=data.get("credential"),
        )
