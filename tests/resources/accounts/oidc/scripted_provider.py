"""A provider that signs whatever a test has it sign, over loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from framework.testing.until import until

CLIENT = "dspex-here"


@cache
def rsa_key(kid: str) -> Any:
    """The key of that name, made once: looking for its primes takes up to seconds."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class ScriptedProvider:
    """Its keys, the claims of the next token, and how that is signed."""

    issuer: str = ""
    keys: list[Any] = field(default_factory=list)
    token: str = ""
    keys_asked: int = 0

    def new_key(self, kid: str) -> Any:
        """Another key, which it signs with from now on."""
        self.keys = [rsa_key(kid)]
        return self.keys[0]

    def claims(self, nonce: str, /, **changed: Any) -> dict[str, Any]:
        """Those of a token that is right, but for what is changed; None takes one out."""
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT, "sub": "ada", "nonce": nonce, "iat": now, "exp": now + 60}
        return {name: value for name, value in {**right, **changed}.items() if value is not None}

    def signed(self, claims: dict[str, Any], key: Any = None, alg: str = "RS256", kid: str | None = None) -> str:
        """A token with them."""
        key = self.keys[0] if key is None else key
        header = {"alg": alg, "kid": key.kid if kid is None else kid}
        return str(jwt.encode(header, claims, key, algorithms=[alg]))

    async def discovery(self, request: Request) -> JSONResponse:
        """Where its endpoints are."""
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse({"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()}})

    async def jwks(self, request: Request) -> JSONResponse:
        """Its public keys."""
        self.keys_asked += 1
        return JSONResponse({"keys": [key.as_dict(private=key.key_type == "oct") for key in self.keys]})

    async def tokens(self, request: Request) -> JSONResponse:
        """The token that a test has made."""
        form = parse_qs((await request.body()).decode())
        if form.get("code") != ["a code"] or not form.get("code_verifier"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": self.token, "access_token": "x", "token_type": "Bearer"})


@asynccontextmanager
async def scripted_provider() -> AsyncIterator[ScriptedProvider]:
    """The provider, answering."""
    provider = ScriptedProvider()
    routes = [
        Route("/.well-known/openid-configuration", provider.discovery),
        Route("/keys", provider.jwks),
        Route("/token", provider.tokens, methods=["POST"]),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="error"))
    serving = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    provider.new_key("first")
    yield provider
    server.should_exit = True
    await serving
