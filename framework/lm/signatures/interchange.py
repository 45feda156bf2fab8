"""The JSON form of a signature, as it is kept in a column and sent over the wire, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from framework.errors import Invalid
from framework.lm.fields.type_json import field_to_json
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.json_reader import JsonReader
from framework.lm.signatures.validation import validated

_KEYS = ("inputs", "outputs", "instructions")


def to_json(definition: SignatureDefinition) -> dict[str, Any]:
    """The definition as JSON."""
    return {
        "inputs": [field_to_json(field) for field in definition.inputs],
        "outputs": [field_to_json(field) for field in definition.outputs],
        "instructions": definition.instructions,
    }


def from_json(data: Any) -> SignatureDefinition:
    """The definition that JSON says; raises Invalid with every mistake and its path (`inputs`, 0, `type`, …)."""
    if not isinstance(data, Mapping):
        raise Invalid("a signature is an object with `inputs` and `outputs`", code="wrong_type")
    reader = JsonReader()
    reader.keys(data, _KEYS, ())
    definition = SignatureDefinition(
        inputs=reader.fields(data.get("inputs", ()), ("inputs",)),
        outputs=reader.fields(data.get("outputs", ()), ("outputs",)),
        instructions=reader.text(data, "instructions", ()),
    )
    if reader.issues:
        raise Invalid.of(reader.issues)
    return validated(definition)


def digest(definition: SignatureDefinition) -> str:
    """The SHA-256 of the canonical JSON: equal for signatures that mean the same, whichever form they came in."""
    return hashlib.sha256(canonical_json(definition)).hexdigest()


def canonical_json(definition: SignatureDefinition) -> bytes:
    """The JSON with its keys in order and nothing between them."""
    return orjson.dumps(to_json(definition), option=orjson.OPT_SORT_KEYS)
