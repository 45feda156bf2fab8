"""Choices as names of GraphQL: telling, and made of the choices alone, so that no order of theirs means anything."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from framework.naming import snake

Choice = str | int | bool
VALID = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")
RESERVED = frozenset({"true", "false", "null"})


def choice_names(choices: Iterable[Choice]) -> dict[str, Choice]:
    """`billing` → `BILLING`, `gpt-4` → `GPT_4`, `👍` → `THUMBS_UP_SIGN`, `通知` → `U901A_U77E5`, by name.

    Choices that would have one name are told apart by the characters that it leaves out.
    """
    given = list(choices)
    ways = [[name(choice) for choice in given] for name in (_plain_of, _with_signs, _with_everything)]
    taken = [Counter(names) for names in ways]
    found: dict[str, Choice] = {}
    for place, choice in enumerate(given):
        names = [names[place] for names in ways]
        found[next((n for n, counted in zip(names, taken, strict=True) if counted[n] == 1), names[-1])] = choice
    return found


def member_names(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a Python enum under their own names, but for those that GraphQL does not allow."""
    return {
        name if VALID.fullmatch(name) and name not in RESERVED else _plain(name): value
        for name, value in members.items()
    }


def _plain(text: str) -> str:
    spelled = "".join(map(_character, unicodedata.normalize("NFKD", snake(text))))
    if not spelled.strip("_"):
        spelled = "".join(f"_{_name_of(character)}_" for character in text)
    name = re.sub(r"_+", "_", spelled).strip("_").upper() or "EMPTY"
    return f"_{name}" if name[0].isdigit() else name


def _character(character: str) -> str:
    """What stands for a character: itself, a line for what separates, nothing for an accent, else its name."""
    if character.isascii():
        return character if character.isalnum() else "_" if _separates(character) else f"_{_name_of(character)}_"
    if unicodedata.combining(character):
        return ""
    return "_" if _separates(character) else f"_{_name_of(character)}_"


def _separates(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZC"


def _name_of(character: str) -> str:
    """The name of a sign; the code point of a letter, whose name is long and tells less."""
    name = "" if character.isalnum() and not character.isascii() else unicodedata.name(character, "")
    return re.sub(r"\W+", "_", name, flags=re.ASCII) or f"U{ord(character):04X}"


def _plain_of(choice: Choice) -> str:
    return _plain(str(choice))


def _with_signs(choice: Choice) -> str:
    """The name with what is neither a letter nor a digit: `a-b` → `A_B_U2D`."""
    return _pointed(choice, re.sub(r"\w", "", str(choice), flags=re.ASCII))


def _with_everything(choice: Choice) -> str:
    """The name with every character, and whether it is a text or a number."""
    return f"{_pointed(choice, str(choice))}_{type(choice).__name__.upper()}"


def _pointed(choice: Choice, characters: str) -> str:
    return "_".join([_plain_of(choice), *(f"U{ord(character):02X}" for character in characters)])
