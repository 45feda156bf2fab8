"""Sessions of browsers: begun by a password or elsewhere, ended by whoever has them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from framework.actions.session import Session
from framework.callers.caller import Caller
from framework.callers.login import LoggedIn
from framework.context import Actor, Context, now
from framework.errors import Unauthenticated
from resources.accounts.browser_session import BrowserSession
from resources.accounts.callers.actors import StoredActors
from resources.accounts.callers.credentials import cookie_name
from resources.accounts.callers.server_secret import ServerSecret
from resources.accounts.password import fits

TOKEN_BYTES = 32
# Trying a password takes memory and a core for a while: whoever sends many waits.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Logins:
    """Makes and ends them."""

    stored: StoredActors
    secret: ServerSecret
    hours: float
    trying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def by_password(self, caller: Caller, email: str, password: str) -> LoggedIn:
        """A session of the user; raises Unauthenticated, after as long for a user that is not there."""
        user = await self.stored.row_of(email)
        kept = None if user is None else user["password_hash"]
        async with self.trying:
            right = await asyncio.to_thread(fits, password, kept)
        if user is None or not right:
            raise Unauthenticated
        return await self.begin(caller, user["id"])

    async def begin(self, caller: Caller, user: UUID) -> LoggedIn:
        """A new session of the user: whatever cookie the browser had before is none of it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        csrf = self.secret.csrf_token(token)
        values = {
            "digest": self.secret.digest_of_cookie(token),
            "csrf_digest": self.secret.digest_of_cookie(csrf),
            "expires_at": now() + timedelta(hours=self.hours),
            "user_id": user,
        }
        await self._session(user).create(BrowserSession.begin, values)
        return LoggedIn(cookie_name(caller), token, csrf, round(self.hours * 3600))

    async def end(self, caller: Caller) -> str | None:
        """Ends the session that is shown; the name of its cookie, None where none is shown."""
        name = cookie_name(caller)
        token = caller.cookie(name)
        if token is None:
            return None
        known = await self.stored.cookie(digest=self.secret.digest_of_cookie(token))
        if known is not None:
            await self._session(UUID(known.actor.id)).destroy(BrowserSession.end, known.id)
        return name

    def _session(self, user: UUID) -> Session:
        return self.stored.engine.system("a login is the server's own", Context(Actor("user", str(user))))
