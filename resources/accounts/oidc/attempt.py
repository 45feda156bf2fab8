"""A login that was begun elsewhere: what this browser has to come back with, kept in a cookie of its own."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field

from framework.errors import Unauthenticated
from resources.accounts.callers.server_secret import ServerSecret, same

# Somebody may have to find their second factor first.
SECONDS = 600
PARTS = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """`state` ties the answer to this browser, `nonce` the token to this login, `verifier` the code to us."""

    state: str
    nonce: str
    verifier: str = field(repr=False)
    begun: int

    @classmethod
    def new(cls) -> Attempt:
        """One that nobody can guess."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, int(time.time()))

    @classmethod
    def of(cls, cookie: str | None, secret: ServerSecret) -> Attempt:
        """As the cookie has it; raises Unauthenticated for one that is not ours, or too old."""
        parts = (cookie or "").split("~")
        if len(parts) != PARTS or not same(secret.digest_of_attempt("~".join(parts[:-1])), parts[-1]):
            raise Unauthenticated
        state, nonce, verifier, begun = parts[:-1]
        if int(begun) < time.time() - SECONDS:
            raise Unauthenticated
        return cls(state, nonce, verifier, int(begun))

    def cookie(self, secret: ServerSecret) -> str:
        """As its cookie has it, signed."""
        text = "~".join((self.state, self.nonce, self.verifier, str(self.begun)))
        return f"{text}~{secret.digest_of_attempt(text)}"

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier before it is shown."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
