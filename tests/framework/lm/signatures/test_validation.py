"""What makes a signature sound that was made by hand."""

from __future__ import annotations

import pytest

from framework.errors import Invalid
from framework.lm.fields.field_types import TEXT, FieldType, ListType, ObjectType
from framework.lm.signatures.definition import FieldDefinition, SignatureDefinition
from framework.lm.signatures.validation import canonical_instructions, problems, validated


def of(field_type: FieldType) -> SignatureDefinition:
    """A signature with one output of this type."""
    return SignatureDefinition((FieldDefinition("a", TEXT),), (FieldDefinition("b", field_type),))


def test_types_nest_no_deeper_than_eight() -> None:
    deep: FieldType = TEXT
    for _ in range(8):
        deep = ListType(deep)
    assert [(issue.code, issue.path) for issue in problems(of(deep))] == [
        ("too_deep", ("outputs", 0, "type", *["item"] * 8))
    ]


def test_a_default_in_a_part_is_said_once_where_it_stands() -> None:
    inner = ObjectType((FieldDefinition("x", TEXT, default=3),))
    outer = ObjectType((FieldDefinition("y", inner, default={}),))
    with pytest.raises(Invalid) as caught:
        validated(of(outer))
    where = ("outputs", 0, "type", "fields", 0, "type", "fields", 0, "default")
    assert [issue.path for issue in caught.value.issues] == [where]


def test_every_mistake_is_found() -> None:
    definition = SignatureDefinition((), (FieldDefinition("class", TEXT), FieldDefinition("class", TEXT)))
    assert [issue.code for issue in problems(definition)] == [
        "no_inputs",
        "reserved_name",
        "reserved_name",
        "duplicate_name",
    ]


def test_a_signature_fits_into_its_text() -> None:
    many = tuple(FieldDefinition(f"b{number}", TEXT, "x" * 1900) for number in range(11))
    with pytest.raises(Invalid, match="the signature is too long: its text has at most 20000 bytes"):
        validated(SignatureDefinition((FieldDefinition("a", TEXT),), many))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  a", "a"),
        ("\n    a\n      b  \n\n    c\n", "a\n  b\n\nc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ta", "a"),
        (" \n ", ""),
    ],
)
def test_instructions_are_read_as_a_docstring_is(text: str, canonical: str) -> None:
    assert canonical_instructions(text) == canonical
