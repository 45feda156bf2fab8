"""Passwords, kept as what cannot be turned back: scrypt (RFC 7914), with a salt for each."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from framework.errors import Invalid

SHORTEST, LONGEST = 12, 1024
# The least that OWASP names, in its form for little memory: 16 MiB, and some tenths of a second a try.
COST, BLOCK, LANES = 2**14, 8, 5
MEMORY = 64 * 1024 * 1024


def hash_of(password: str) -> str:
    """What is kept of a password; takes its time, so it is called in a thread. Raises Invalid."""
    if not SHORTEST <= len(password) <= LONGEST:
        says = f"a password has {SHORTEST} to {LONGEST} characters"
        raise Invalid(says, code="password_length", path=("password",))
    salt = secrets.token_bytes(16)
    derived = _derived(password, salt, (COST, BLOCK, LANES))
    return f"scrypt${COST}${BLOCK}${LANES}${_text(salt)}${_text(derived)}"


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the one; takes as long where none is kept."""
    if len(password) > LONGEST:
        return False
    _, cost, block, lanes, salt, derived = (kept or NOBODYS).split("$")
    tried = _derived(password, base64.b64decode(salt), (int(cost), int(block), int(lanes)))
    return hmac.compare_digest(tried, base64.b64decode(derived)) and kept is not None


def _derived(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=MEMORY, dklen=32)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


NOBODYS = f"scrypt${COST}${BLOCK}${LANES}${_text(bytes(16))}${_text(bytes(32))}"
