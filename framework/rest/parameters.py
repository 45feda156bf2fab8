"""The query string of a request: plain parameters, and those in brackets as a tree.

?sort=-created_at&filter[name][ilike]=%25qa%25&filter[or][0][state][eq]=queued
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any

from framework.errors import Invalid
from framework.suggest import did_you_mean
from framework.types.json_text import read_json
from framework.types.type import Kind, Type
from framework.wire.operands import Text

BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
STEP = re.compile(r"\[([^\[\]]*)\]")
MAX_STEPS = 24
MAX_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was given: the texts of each plain name, and of each name in brackets by the steps within them."""

    plain: Mapping[str, list[Text]]
    bracketed: Mapping[str, dict[tuple[str, ...], list[Text]]] = field(default_factory=dict)

    def one(self, name: str) -> Text | None:
        """The one text of that name, if any; raises Invalid when there are several."""
        given = self.plain.get(name, [])
        if len(given) > 1:
            raise Invalid(f"`{name}` is given {len(given)} times", code="repeated", path=(name,))
        return given[0] if given else None

    def names(self, name: str) -> list[str] | None:
        """The names of a list with commas, if it is given; given several times, the lists are one."""
        given = self.plain.get(name)
        if given is None:
            return None
        names = [part.strip() for text in given for part in text.split(",")]
        if not all(names):
            says = f"`{name}` names nothing, or nothing between two commas"
            raise Invalid(says, code="name_missing", path=(name,), hint=f"leave `{name}` out, or name something")
        return names

    def value(self, name: str, kind: Type) -> Any:
        """The value of an argument; a list is repeated, or JSON. Raises Invalid."""
        given = self.plain[name]
        if kind.kind is Kind.LIST and kind.item is not None and not given[0].startswith("["):
            cast = [kind.item.cast_text(text, (name, place)) for place, text in enumerate(given)]
            value, issues = [item for item, _ in cast], tuple(issue for _, found in cast for issue in found)
        else:
            value, issues = kind.cast_text(self.one(name) or "", (name,))
        if issues:
            raise Invalid.of(issues)
        return value


def read_parameters(items: Iterable[tuple[str, str]], known: Collection[str]) -> Parameters:
    """The parameters given, each of a known name; raises Invalid."""
    plain: dict[str, list[Text]] = {}
    bracketed: dict[str, dict[tuple[str, ...], list[Text]]] = {}
    for count, (name, given) in enumerate(items):
        text = Text(given)
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
        return read_json(text)
    except JSONDecodeError as error:
        raise Invalid(f"`{name}` is not JSON: {error.msg}", code="malformed_json", path=(name,)) from None
