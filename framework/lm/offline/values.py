"""Well-formed values for a JSON Schema, found in a text where it has them and made up, always alike, where not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from framework.lm.offline.similarity import likeness, number, pick, rarity

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_CERTAINTY = re.compile(r"confidence|probab|certain|likelihood", re.IGNORECASE)


def value_for(schema: Mapping[str, Any], name: str, text: str) -> Any:
    """A value that the schema accepts."""
    if "enum" in schema:
        return pick([str(option) for option in schema["enum"]], f"{name}\n{text}") if schema["enum"] else None
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return value_for(schema["anyOf"][0], name, text)
    kind = schema.get("type", "string")
    makers = {"object": _object, "array": _array, "number": _number, "integer": _integer, "boolean": _boolean}
    maker = makers.get(kind)
    return maker(schema, name, text) if maker else None if kind == "null" else _string(schema, text)


def is_certainty(name: str) -> bool:
    """Whether a field of this name asks how sure the model is."""
    return bool(_CERTAINTY.search(name))


def as_text(value: Any) -> str:
    """A value the way ChatAdapter reads it back."""
    return value if isinstance(value, str) else json.dumps(value)


def as_json(text: str, schema: Mapping[str, Any]) -> Any:
    """A value that was shown as text, the way JSONAdapter reads it back."""
    if schema.get("type") == "string" or "enum" in schema:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return {"True": True, "False": False, "None": None}.get(text, text)


def _object(schema: Mapping[str, Any], name: str, text: str) -> dict[str, Any]:
    parts = schema.get("properties", {})
    return {part: value_for(inner, f"{name}.{part}", text) for part, inner in parts.items()}


def _array(schema: Mapping[str, Any], name: str, text: str) -> list[Any]:
    length = max(int(schema.get("minItems", schema.get("minLength", 1))), 1)
    return [value_for(schema.get("items", {}), f"{name}.{i}", text) for i in range(length)]


def _number(schema: Mapping[str, Any], name: str, text: str) -> float:
    low, high = float(schema.get("minimum", 0.0)), float(schema.get("maximum", 1.0))
    found = [value for value in map(float, _NUMBER.findall(text)) if low <= value]
    fitting = [value for value in found if "maximum" not in schema or value <= high]
    return fitting[-1] if fitting else round(low + (high - low) * (number(f"{name}\n{text}") % 101) / 100, 4)


def _integer(schema: Mapping[str, Any], name: str, text: str) -> int:
    low, high = int(schema.get("minimum", 0)), int(schema.get("maximum", 10))
    found = [int(value) for value in _NUMBER.findall(text) if "." not in value]
    fitting = [value for value in found if value >= low and ("maximum" not in schema or value <= high)]
    return fitting[-1] if fitting else low + number(f"{name}\n{text}") % (max(high, low) - low + 1)


def _boolean(_: Mapping[str, Any], name: str, text: str) -> bool:
    return bool(number(f"{name}\n{text}") % 2)


def _string(schema: Mapping[str, Any], text: str) -> str:
    if schema.get("format") in ("date", "date-time"):
        day = next(iter(_DATE.findall(text)), "1970-01-01")
        return day if schema["format"] == "date" else f"{day}T00:00:00+00:00"
    return _extract(text)[: int(schema.get("maxLength", 500))].ljust(int(schema.get("minLength", 0)), ".")


def _extract(text: str) -> str:
    """The sentence that has most in common with the last one, which is where questions stand."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]
    if len(sentences) < 2:
        return sentences[0] if sentences else "nothing"
    weights = rarity(sentences)
    return max(sentences[:-1], key=lambda sentence: likeness(sentence, sentences[-1], weights))
