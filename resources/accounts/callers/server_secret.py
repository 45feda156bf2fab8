"""This server's own secret: without it, what the database holds of keys and cookies cannot even be tried out."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from framework.errors import Invalid
from framework.settings import Settings

FILE = "key_secret"
LEAST_BYTES = 32
OWNER_ALONE = 0o077


@dataclass(frozen=True, slots=True)
class ServerSecret:
    """Makes digests (HMAC-SHA-256), each for one purpose, so that one of them serves no other."""

    value: bytes = field(repr=False)

    def digest_of_key(self, secret: str) -> str:
        """Of the secret of a key."""
        return self._digest(b"key", secret)

    def digest_of_cookie(self, token: str) -> str:
        """Of the token of a browser's session."""
        return self._digest(b"cookie", token)

    def digest_of_attempt(self, text: str) -> str:
        """Of a login that was begun."""
        return self._digest(b"attempt", text)

    def csrf_token(self, token: str) -> str:
        """What the pages of a session have to say with what they do: only who can read them knows it."""
        return self._digest(b"csrf", token)

    def _digest(self, purpose: bytes, text: str) -> str:
        return hmac.digest(self.value, purpose + b":" + text.encode(), "sha256").hex()


def same(one: str, other: str) -> bool:
    """Whether two digests are equal, in a time that says nothing of how far they are."""
    return hmac.compare_digest(one.encode(), other.encode())


def server_secret(settings: Settings) -> ServerSecret:
    """The secret that the settings give, else that of the data folder, made when it is first asked for.

    Raises Invalid for one that is too short, or that others of this machine can read.
    """
    if settings.key_secret is not None:
        return _sound(settings.key_secret.encode(), "DSPEX_KEY_SECRET")
    if settings.key_secret_file is not None:
        return _read(settings.key_secret_file)
    path = settings.data_dir.expanduser().resolve() / FILE
    if not path.exists():
        _make(path)
    return _read(path)


def _read(path: Path) -> ServerSecret:
    try:
        mode, value = path.stat().st_mode, path.read_bytes().strip()
    except OSError as error:
        says = f"the server's secret in {path} cannot be read: {error.strerror}"
        raise Invalid(says, code="key_secret", path=("DSPEX_KEY_SECRET_FILE",)) from None
    if stat.S_IMODE(mode) & OWNER_ALONE:
        says, hint = f"others can read the server's secret in {path}", f"chmod 600 {path}"
        raise Invalid(says, code="key_secret", path=("DSPEX_KEY_SECRET_FILE",), hint=hint)
    return _sound(value, str(path))


def _sound(value: bytes, where: str) -> ServerSecret:
    if len(value) < LEAST_BYTES:
        says = f"the server's secret in {where} has {len(value)} bytes, and {LEAST_BYTES} are the least"
        raise Invalid(says, code="key_secret", path=("DSPEX_KEY_SECRET",), hint="openssl rand -hex 32")
    return ServerSecret(value)


def _make(path: Path) -> None:
    """Whole from the first moment, and never replaced: of two processes that make one, both take the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made for its owner alone.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(LEAST_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
