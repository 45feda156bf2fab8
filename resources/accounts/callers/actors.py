"""Actors as they are stored: who a key or an id stands for, with the facts of this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from framework.actions.engine import Engine
from framework.context import Actor, now
from framework.data.protocols import Row
from framework.data.selection import Selection
from framework.expr.nodes import equals
from resources.accounts.normalized_email import normalized

# Whoever sits at this machine, where nobody has to say who they are.
LOCAL = Actor("local", "local", {"is_owner": True, "role": "owner"})
USER, KEY = "user", "key"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that counts until it expires: what its secret has to match, and who acts with it."""

    id: UUID
    digest: str
    expires_at: datetime | None
    actor: Actor

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now()


@dataclass(frozen=True, slots=True)
class KnownCookie:
    """A session of a browser that counts until it expires."""

    id: UUID
    csrf_digest: str
    expires_at: datetime
    actor: Actor

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= now()


@dataclass(frozen=True, slots=True)
class StoredActors:
    """Reads them beneath the actions: it is not known yet who asks."""

    engine: Engine

    async def user(self, id: UUID) -> Actor | None:  # noqa: A002 - what it is
        """The user, unless there is none or they are disabled."""
        row = await self._one("User", id=id, active=True)
        return None if row is None else Actor(USER, str(row["id"]), _facts(row))

    async def key(self, **by: Any) -> KnownKey | None:
        """The key, unless it is revoked or its user disabled."""
        row = await self._one("ApiKey", **by)
        if row is None or row["revoked_at"] is not None:
            return None
        user = await self._one("User", id=row["user_id"], active=True)
        if user is None:
            return None
        facts = {**_facts(user), "scopes": tuple(row["scopes"]), "project_id": row["project_id"]}
        if row["project_id"] is not None:
            # It is for one project, and the installation is more than that.
            facts["is_owner"] = False
        return KnownKey(row["id"], row["digest"], row["expires_at"], Actor(KEY, str(row["id"]), facts))

    async def cookie(self, **by: Any) -> KnownCookie | None:
        """The session of a browser, unless its user is disabled."""
        row = await self._one("BrowserSession", **by)
        actor = None if row is None else await self.user(row["user_id"])
        if row is None or actor is None:
            return None
        return KnownCookie(row["id"], row["csrf_digest"], row["expires_at"], actor)

    async def row_of(self, email: str) -> Row | None:
        """The user with this email, unless they are disabled."""
        return await self._one("User", email=normalized(email), active=True)

    async def any_owner(self) -> bool:
        """Whether somebody may let others in."""
        return await self._one("User", is_owner=True, active=True) is not None

    async def _one(self, resource: str, **by: Any) -> Row | None:
        spec = self.engine.domain.resources[resource]
        async with self.engine.layer.autocommit_read() as reader:
            rows = await reader.read(Selection(spec, tuple(spec.attributes), equals(**by), limit=1))
        return rows[0] if rows else None


def _facts(user: Row) -> dict[str, Any]:
    return {"user_id": user["id"], "email": user["email"], "is_owner": user["is_owner"]}
