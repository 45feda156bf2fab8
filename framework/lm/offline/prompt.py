"""A prompt that DSPy wrote (ChatAdapter or JSONAdapter), read back into what it asks for and what it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_HEADER = re.compile(r"\[\[ ## (\w+) ## \]\]")
_OUTPUTS = re.compile(r"Your output fields are:\n(.*?)\nAll interactions will be structured", re.DOTALL)
_FIELD = re.compile(r"^\d+\. `(\w+)` \((.*?)\):", re.MULTILINE)
_LIMIT = re.compile(r"(greater than or equal to|less than or equal to|minimum length|maximum length): (-?[\d.]+)")
_LIMITS = {
    "greater than or equal to": "minimum",
    "less than or equal to": "maximum",
    "minimum length": "minLength",
    "maximum length": "maxLength",
}
_JSON_SHAPE = re.compile(r"Outputs will be a JSON object with the following fields\.\n\n(\{.*?\n\})\n", re.DOTALL)
_CHAT_SHAPE = re.compile(r"^\{(\w+)\}[ \t]+# note: the value you produce (.*)$", re.MULTILINE)
_NOTE = "# note: the value you produce "
_OBJECTIVE = "In adhering to this structure, your objective is:"
_UNKNOWN = "Not supplied for this particular example."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One output that the prompt asks for, its shape said as JSON Schema."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One worked example in the prompt."""

    text: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked (`fields`, `wanted`), under which objective, after which demonstrations."""

    objective: str
    wanted: tuple[Wanted, ...]
    fields: Mapping[str, str]
    demonstrations: tuple[Demonstration, ...]
    as_json: bool

    @property
    def text(self) -> str:
        """All inputs of the question as one text."""
        return "\n".join(self.fields.values())


def read_prompt(system: str, messages: Sequence[tuple[str, str]]) -> Prompt:
    """The prompt made of a system text and (role, text) messages, the last of which is the question."""
    question, mark, demand = messages[-1][1].rpartition("Respond with ")
    question = question if mark else messages[-1][1]
    return Prompt(
        objective=system.partition(_OBJECTIVE)[2].strip(),
        wanted=_wanted(system),
        fields=_sections(question),
        demonstrations=tuple(_demonstrations(messages[:-1])),
        as_json=demand.startswith("a JSON object"),
    )


def _sections(text: str) -> dict[str, str]:
    parts = _HEADER.split(text)
    return {parts[i]: parts[i + 1].strip() for i in range(1, len(parts) - 1, 2)}


def _demonstrations(messages: Sequence[tuple[str, str]]) -> list[Demonstration]:
    return [
        Demonstration("\n".join(_sections(asked[1]).values()), _given(answered[1]))
        for asked, answered in pairwise(messages)
        if asked[0] == "user" and answered[0] == "assistant"
    ]


def _given(answer: str) -> dict[str, str]:
    if answer.lstrip().startswith("{"):
        try:
            values = json.loads(answer).items()
        except ValueError:
            return {}
        given = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values}
    else:
        given = _sections(answer)
    return {name: value for name, value in given.items() if not value.startswith(_UNKNOWN)}


def _wanted(system: str) -> tuple[Wanted, ...]:
    listed = _OUTPUTS.search(system)
    if listed is None:
        return ()
    notes = _notes(system)
    names = list(_FIELD.finditer(listed.group(1)))
    ends = [match.start() for match in names[1:]] + [len(listed.group(1))]
    return tuple(
        Wanted(
            match.group(1), {**_schema(notes.get(match.group(1), "")), **_limits(listed.group(1)[match.end() : end])}
        )
        for match, end in zip(names, ends, strict=True)
    )


def _notes(system: str) -> dict[str, str]:
    shape = _JSON_SHAPE.search(system)
    if shape is None:
        return {match.group(1): match.group(2) for match in _CHAT_SHAPE.finditer(system)}
    return {name: text.partition(_NOTE)[2] for name, text in json.loads(shape.group(1)).items()}


def _schema(note: str) -> dict[str, Any]:
    if "one of: " in note:
        return {"enum": note.partition("one of: ")[2].split("; ")}
    if "JSON schema: " in note:
        schema: dict[str, Any] = json.loads(note.partition("JSON schema: ")[2])
        return schema
    kinds = {"single float": "number", "single int": "integer", "True or False": "boolean"}
    return {"type": next((kind for words, kind in kinds.items() if words in note), "string")}


def _limits(description: str) -> dict[str, float]:
    return {_LIMITS[words]: float(value) for words, value in _LIMIT.findall(description)}
