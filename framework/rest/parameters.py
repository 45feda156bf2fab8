"""The query string of a request: plain parameters, and those in brackets as a tree.

?sort=-created_at&filter[name][ilike]=%25qa%25&filter[or][0][state][eq]=queued
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from framework.compiler.suggest import did_you_mean
from framework.errors import Invalid
from framework.types.type import Kind, Type

BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
STEP = re.compile(r"\[([^\[\]]*)\]")
MAX_STEPS = 24
MAX_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was given: the texts of each plain name, and of each name in brackets by the steps within them."""

    plain: Mapping[str, list[str]]
    bracketed: Mapping[str, dict[tuple[str, ...], list[str]]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The one text of that name, if any; raises Invalid when there are several."""
        given = self.plain.get(name, [])
        if len(given) > 1:
            raise Invalid(f"`{name}` is given {len(given)} times", code="repeated", path=(name,))
        return given[0] if given else None

    def names(self, name: str) -> list[str] | None:
        """The names of a list with commas, if it is given."""
        given = self.one(name)
        return None if given is None else [part.strip() for part in given.split(",") if part.strip()]

    def value(self, name: str, kind: Type) -> Any:
        """The raw value of an argument: repeated for a list, as JSON for what a text cannot say."""
        if kind.kind is Kind.LIST:
            return self.plain[name]
        text = self.one(name)
        return loads(text, name) if text is not None and kind.kind in (Kind.MAP, Kind.MODEL, Kind.JSON) else text


def read_parameters(items: Iterable[tuple[str, str]], known: Collection[str]) -> Parameters:
    """The parameters given, each of a known name; raises Invalid."""
    plain: dict[str, list[str]] = {}
    bracketed: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for count, (name, text) in enumerate(items):
        match = BRACKETS.fullmatch(name)
        head = match[1] if match else name
        if head not in known or count >= MAX_PARAMETERS:
            says = f"there is no parameter `{head[:80]}` here" if head not in known else "there are too many parameters"
            raise Invalid(says, code="unknown_parameter", path=(head[:80],), hint=did_you_mean(head[:80], known))
        if match is None:
            plain.setdefault(name, []).append(text)
        else:
            steps = tuple(STEP.findall(match[2]))
            bracketed.setdefault(head, {}).setdefault(steps, []).append(text)
    return Parameters(plain, bracketed)


def loads(text: str, name: str) -> Any:
    """The JSON of a parameter; raises Invalid."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"`{name}` is not JSON: {error.msg}", code="malformed_json", path=(name,)) from None
