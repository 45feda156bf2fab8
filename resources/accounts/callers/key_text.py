"""How a key is written: `dspex_<prefix>_<secret>`, which tools that look for leaked secrets recognise."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from string import ascii_letters, ascii_lowercase, digits

PREFIX_CHARACTERS, SECRET_CHARACTERS = 12, 43  # 62 bits to be told apart by, 256 to be guessed
KEY = re.compile(r"dspex_([a-z0-9]{12})_([A-Za-z0-9]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key in its two parts; the secret is never printed with it."""

    prefix: str
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """What it is called by, which proves nothing."""
        return f"dspex_{self.prefix}"

    @property
    def text(self) -> str:
        """As it is handed out."""
        return f"dspex_{self.prefix}_{self.secret}"


def new_key() -> KeyText:
    """A key that nobody can guess."""
    prefix = _some(PREFIX_CHARACTERS, ascii_lowercase + digits)
    return KeyText(prefix, _some(SECRET_CHARACTERS, ascii_letters + digits))


def key_in(text: str) -> KeyText | None:
    """The key that a text is, if it is one."""
    found = KEY.fullmatch(text)
    return None if found is None else KeyText(found[1], found[2])


def _some(many: int, characters: str) -> str:
    return "".join(secrets.choice(characters) for _ in range(many))
