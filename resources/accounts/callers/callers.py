"""The platform's hook: keys, the cookies of browsers, and whoever sits at this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.actions.verb import load_verb
from framework.callers.authenticates import Authenticates
from framework.callers.caller import Caller
from framework.callers.login import Elsewhere, LoggedIn
from framework.context import Actor, Context
from framework.declare.verbs import verb
from framework.errors import Invalid, Unauthenticated
from framework.events.redis_doorbell import RedisDoorbell
from framework.settings import Settings
from resources.accounts.api_key import ApiKey
from resources.accounts.callers.actors import KEY, LOCAL, USER, KnownCookie, KnownKey, StoredActors
from resources.accounts.callers.credentials import CSRF, SAFE, comes_from_its_own_page, shown_by, sits_here
from resources.accounts.callers.key_text import KeyText
from resources.accounts.callers.key_uses import KeyUses
from resources.accounts.callers.logins import Logins
from resources.accounts.callers.remembered import Remembered
from resources.accounts.callers.server_secret import ServerSecret, same, server_secret
from resources.accounts.user import User

# How long a revoked key may still do in other processes while Redis is away; else they hear of it at once.
REMEMBER_SECONDS = 3.0
MOST = 10_000
OIDC = verb("resources.accounts.oidc.oidc:oidc_of")
TEND_SECONDS = 5.0
SESSION = "session "
NOBODYS = "0" * 64
# Whoever starts an installation says later who they are.
OWNER = "owner@localhost"


class PlatformCallers(Authenticates):
    """Remembers for a moment who calls, and forgets it all when any process says that something changed."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.settings: Settings = engine.services[Settings]
        self._stored = StoredActors(engine)
        self._keys = Remembered(self._key_of, seconds=REMEMBER_SECONDS, most=MOST)
        self._cookies = Remembered(self._cookie_of, seconds=REMEMBER_SECONDS, most=MOST)
        self._uses = KeyUses(engine)
        self._bell = RedisDoorbell(str(self.settings.redis_url), f"{self.settings.prefix}callers:")
        self._tending: asyncio.Task[None] | None = None

    @cached_property
    def secret(self) -> ServerSecret:
        """This server's own, read when it is first needed: nobody needs it who sits at the machine."""
        return server_secret(self.settings)

    @cached_property
    def logins(self) -> Logins:
        """The sessions of browsers."""
        return Logins(self._stored, self.secret, self.settings.session_hours)

    async def log_in(self, caller: Caller, email: str, password: str) -> LoggedIn:
        """A session of the user with this email and password; raises Unauthenticated."""
        return await self.logins.by_password(caller, email, password)

    @property
    def elsewhere(self) -> bool:
        """Whether the settings name a provider."""
        return self.settings.oidc_issuer is not None

    @cached_property
    def _oidc(self) -> Any:
        """Logins by the provider: its libraries are loaded where there is one."""
        return load_verb(OIDC)(self.engine, self.settings, self.secret)

    async def begin_elsewhere(self, caller: Caller) -> Elsewhere:
        """Sends somebody to the provider."""
        begun: Elsewhere = await self._oidc.begin(caller)
        return begun

    async def end_elsewhere(self, caller: Caller, answer: Mapping[str, str]) -> LoggedIn:
        """A session of whoever came back; raises Unauthenticated."""
        return await self.logins.begin(caller, await self._oidc.end(caller, answer))

    async def log_out(self, caller: Caller) -> str | None:
        """Ends the session that is shown, in every process."""
        return await self.logins.end(caller)

    async def context_of(self, caller: Caller) -> Context:
        """Who calls; raises Unauthenticated."""
        shown = shown_by(caller)
        if shown.key is not None:
            return Context(await self._by_key(shown.key), credential=f"key {shown.key.name}")
        known = None if shown.cookie is None else await self._by_cookie(shown.cookie, caller)
        if known is not None:
            return Context(known.actor, credential=f"{SESSION}{known.id}")
        if not sits_here(caller, self.settings):
            raise Unauthenticated
        return Context(LOCAL)

    async def actor_again(self, kind: str, id: str) -> Actor | None:  # noqa: A002 - what it is
        """Looked up now, whatever is remembered."""
        if kind == LOCAL.kind:
            return LOCAL
        if kind == USER:
            return await self._stored.user(UUID(id))
        known = await self._stored.key(id=UUID(id)) if kind == KEY else None
        return None if known is None or known.expired else known.actor

    async def holds(self, credential: str) -> bool:
        """A session until it is ended or its time is over; of a key, whoever acts by it says as much."""
        if not credential.startswith(SESSION):
            return True
        known = await self._stored.cookie(id=UUID(credential.removeprefix(SESSION)))
        return known is not None and not known.expired

    async def ready(self) -> None:
        """Raises Invalid while nobody could let others in."""
        _ = self.secret
        if not await self._stored.any_owner():
            raise Invalid(
                "the API is served to other machines once there is an owner, who lets others in",
                code="no_owner",
                path=("DSPEX_HOST",),
                hint="dspex user create you@example.com --owner, then dspex key create; or listen on 127.0.0.1",
            )

    async def first_run(self) -> Sequence[str]:
        """Makes an owner, and a key of theirs."""
        if await self._stored.any_owner():
            return ()
        session = self.engine.session(Context(LOCAL))
        owner = await session.create(User.register, {"email": OWNER, "name": "Owner", "is_owner": True})
        given = {"name": "first key", "user_id": owner.id}
        (issued,) = await session.perform(session.spec(ApiKey.issue), [Request(given)])
        return (f"{OWNER} is the owner, with this key, which is told this once: {issued.key}",)

    async def changed(self) -> None:
        """Forgets who calls, here and in every other process."""
        self._forget()
        await self._bell.notify()

    async def close(self) -> None:
        """Writes what was noted."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
            await self._uses.write()
        await self._bell.close()

    async def _by_key(self, key: KeyText) -> Actor:
        self._tend()
        known = await self._keys.get(key.prefix)
        # As long for a prefix that nobody has.
        fits = same(self.secret.digest_of_key(key.secret), NOBODYS if known is None else known.digest)
        if known is None or not fits or known.expired:
            raise Unauthenticated
        self._uses.note(known.id)
        return known.actor

    async def _by_cookie(self, token: str, caller: Caller) -> KnownCookie | None:
        """Whoever logged in; None for a cookie that has had its day, as if there were none.

        A browser sends a cookie whoever has it send something, so what acts has to come from a page of ours.
        """
        self._tend()
        known: KnownCookie | None = await self._cookies.get(self.secret.digest_of_cookie(token))
        if known is None or known.expired:
            return None
        acts = caller.method not in SAFE or caller.scheme in ("ws", "wss")
        if acts and not (self._says_csrf(known, caller) or comes_from_its_own_page(caller, self.settings)):
            raise Unauthenticated
        return known

    def _says_csrf(self, known: KnownCookie, caller: Caller) -> bool:
        said = caller.header(CSRF)
        return said is not None and same(self.secret.digest_of_cookie(said), known.csrf_digest)

    async def _cookie_of(self, digest: str) -> KnownCookie | None:
        return await self._stored.cookie(digest=digest)

    async def _key_of(self, prefix: str) -> KnownKey | None:
        return await self._stored.key(prefix=prefix)

    def _forget(self) -> None:
        self._keys.forget()
        self._cookies.forget()

    def _tend(self) -> None:
        if self._tending is None or self._tending.done():
            self._tending = asyncio.create_task(self._look_after())

    async def _look_after(self) -> None:
        """Forgets when another process says so, and now and then, as its word may have been lost; writes uses."""
        while True:
            await self._bell.wait(TEND_SECONDS)
            self._forget()
            await self._uses.write()
