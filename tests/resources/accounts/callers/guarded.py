"""The platform, served to those alone who say who they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from api.app import create_app
from framework.actions.request import Request
from framework.actions.session import Session
from framework.context import Context
from framework.runtime.runtime import Runtime, assemble
from framework.setting_forms import Authentication
from framework.settings import Settings
from resources.accounts.api_key import ApiKey, IssuedKey
from resources.accounts.callers.actors import LOCAL
from resources.accounts.user import User
from tests.installation.installation import DOMAIN
from tests.installation.making import unique

SECRET = "a secret of this server, for its tests alone"


@dataclass(frozen=True, slots=True)
class Guarded:
    """The API in this process, and another process of the installation, which commands are carried out in."""

    app: FastAPI = field(repr=False)
    http: httpx.AsyncClient
    other: Runtime = field(repr=False)

    @property
    def session(self) -> Session:
        """Whoever sits at the machine."""
        return self.other.engine.session(Context(LOCAL))

    async def user(self, **values: Any) -> User:
        """Somebody new."""
        return await self.session.create(User.register, {"email": f"{unique('ada')}@example.com", **values})

    async def key(self, user: UUID, *scopes: str, expires_at: datetime | None = None) -> IssuedKey:
        """A key of theirs."""
        given = {"name": "a key", "user_id": user, "scopes": scopes or ["*"], "expires_at": expires_at}
        (issued,) = await self.session.perform(self.session.spec(ApiKey.issue), [Request(given)])
        assert isinstance(issued, IssuedKey)
        return issued

    async def asked(self, *headers: tuple[str, str], path: str = "/api/projects") -> httpx.Response:
        """What a request with these headers is answered."""
        return await self.http.get(path, headers=headers)


@asynccontextmanager
async def guarded(settings: Settings, **more: Any) -> AsyncIterator[Guarded]:
    """Served over its servers."""
    known = {"authentication": Authentication.REQUIRED, "key_secret": SECRET, **more}
    settings = settings.model_copy(update=known)
    app, other = create_app(DOMAIN, settings), assemble(DOMAIN, settings)
    transport = httpx.ASGITransport(app)
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
        ):
            yield Guarded(app, http, other)
    finally:
        await other.close()


def bearer(key: str) -> tuple[str, str]:
    """The header that shows it."""
    return ("authorization", f"Bearer {key}")


def wrong_credentials(good: str, other: str) -> Sequence[Sequence[tuple[str, str]]]:
    """Everything that is no key, or more than one; `good` and `other` are two that are."""
    prefix, secret = good.split("_")[1:]
    return (
        [],
        [("authorization", "")],
        [("authorization", good)],
        [("authorization", f"Basic {good}")],
        [("authorization", f"Bearer  {good}")],
        [("authorization", f"Bearer {good} ")],
        [("authorization", f"Bearer {good},{other}")],
        [("authorization", f"Digest username={good}")],
        [("authorization", f"Bearer {good}\t")],
        [bearer(good), bearer(good)],
        [bearer(good), bearer(other)],
        [bearer(good), ("x-api-key", good)],
        [bearer(good), ("x-api-key", other)],
        [("x-api-key", good), ("x-api-key", other)],
        [("x-api-key", f"Bearer {good}")],
        [bearer(good), ("cookie", "dspex_session=anything")],
        [bearer(f"dspex_{prefix}_{secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}")],
        [bearer(f"dspex_{prefix}_{secret}{secret}")],
        [bearer(f"dspex_{prefix}_")],
        [bearer(f"dspex_{'z' * 12}_{secret}")],
        [bearer(f"DSPEX_{prefix}_{secret}")],
        [bearer(f"dspex_{prefix}_{other.split('_')[2]}")],
        [bearer("dspex_' OR 1=1 --_" + secret)],
        [bearer("x" * 50_000)],
        [("authorization", "Bearer \xe9")],
    )
