"""Makes keys. What a key may do is never more than whoever makes it may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from framework.actions.request import Call
from framework.actions.session import Session
from framework.context import Actor, now
from framework.data.selection import Selection
from framework.errors import Failure, Forbidden, Invalid, Issue
from framework.expr.nodes import equals
from framework.settings import Settings
from framework.spec.key_scopes import unknown_scopes, within
from resources.accounts.api_key import ApiKey, IssuedKey
from resources.accounts.callers.actors import KEY
from resources.accounts.callers.key_text import new_key
from resources.accounts.callers.server_secret import server_secret


async def issue_key(calls: Sequence[Call], session: Session) -> list[IssuedKey | Failure]:
    """A key for each call, or why there is none."""
    return [await _issued(call.arguments, session) for call in calls]


async def _issued(given: Mapping[str, Any], session: Session) -> IssuedKey | Failure:
    key, secret = new_key(), server_secret(session.services[Settings])
    try:
        user = _user(session.context.actor, given)
        await _refuse_wider(session, given)
        values = {name: given[name] for name in ("name", "scopes", "project_id", "expires_at")}
        digest = secret.digest_of_key(key.secret)
        made = await session.create(ApiKey.store, {**values, "user_id": user, "prefix": key.prefix, "digest": digest})
    except Failure as failure:
        return failure
    return IssuedKey(id=made.id, prefix=key.prefix, key=key.text)


def _user(actor: Actor | None, given: Mapping[str, Any]) -> UUID:
    """Whom the key is for; raises Forbidden for somebody else's, which owners alone may make."""
    if actor is None:
        raise Forbidden("a key is made by somebody who is known here")
    own: UUID | None = actor.facts.get("user_id")
    asked: UUID | None = given["user_id"] or own
    if asked is None:
        raise Invalid("say whom the key is for", code="required", path=("user_id",))
    if asked != own and not (actor.facts.get("is_owner") and actor.kind != KEY):
        raise Forbidden("a key for somebody else is made by an owner", path=("user_id",))
    return asked


async def _refuse_wider(session: Session, given: Mapping[str, Any]) -> None:
    """Raises Invalid for what means nothing, Forbidden for a key that reaches further than the one that asks."""
    issues = list(unknown_scopes(given["scopes"], session.domain))
    if given["expires_at"] is not None and given["expires_at"] <= now():
        issues.append(Issue("already_over", "it would have expired already", ("expires_at",)))
    if issues:
        raise Invalid.of(issues)
    actor = session.context.actor
    if actor is None or actor.kind != KEY:
        return
    facts, expires = actor.facts, await _expiry(session, actor)
    if not within(given["scopes"], facts["scopes"], session.domain):
        raise Forbidden("a key makes no key with wider scopes than its own", path=("scopes",))
    if facts["project_id"] not in (None, given["project_id"]):
        raise Forbidden("a key for one project makes no key for another", path=("project_id",))
    if expires is not None and (given["expires_at"] is None or given["expires_at"] > expires):
        raise Forbidden("a key makes no key that outlives it", path=("expires_at",))


async def _expiry(session: Session, actor: Actor) -> Any:
    spec = session.domain.of(ApiKey)
    async with session.snapshot_read() as reader:
        rows = await reader.read(Selection(spec, ("expires_at",), equals(id=UUID(actor.id))))
    if not rows:
        raise Forbidden("the key that asks is gone")
    return rows[0]["expires_at"]
