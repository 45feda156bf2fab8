"""One signature, three forms: text, JSON and a class say the same."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from framework.lm.signatures.class_form import from_class, to_source
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.grammar import parse_signature
from framework.lm.signatures.interchange import digest, from_json, to_json
from framework.lm.signatures.validation import validated
from tests.framework.lm.signatures.signature_strategies import signatures


@given(signatures())
def test_a_signature_reads_back_from_its_text(definition: SignatureDefinition) -> None:
    again = parse_signature(format_signature(definition), instructions=definition.instructions)
    assert again == definition
    assert digest(again) == digest(definition)


@given(signatures())
def test_a_signature_reads_back_from_its_json(definition: SignatureDefinition) -> None:
    again = from_json(orjson.loads(orjson.dumps(to_json(definition))))
    assert again == definition
    assert digest(again) == digest(definition)


@given(signatures())
def test_a_signature_reads_back_from_its_class(definition: SignatureDefinition) -> None:
    namespace: dict[str, Any] = {"__name__": "written"}
    exec(compile(to_source(definition, "Written"), "written.py", "exec", dont_inherit=True), namespace)
    again = from_class(namespace["Written"])
    assert again == definition
    assert digest(again) == digest(definition)


@given(signatures())
def test_the_canonical_form_of_a_canonical_form_is_itself(definition: SignatureDefinition) -> None:
    assert validated(definition) == definition


@given(signatures(), st.text(max_size=5))
def test_other_instructions_make_another_digest(definition: SignatureDefinition, more: str) -> None:
    other = definition.with_instructions(definition.instructions + "!" + more)
    assert (other.inputs, other.outputs) == (definition.inputs, definition.outputs)
    assert digest(other) != digest(definition)
