"""The JSON form of a signature."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import Invalid, Issue
from framework.lm.fields.field_types import ListType, Scalar, ScalarType
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.grammar import parse_signature
from framework.lm.signatures.interchange import canonical_json, digest, from_json, to_json
from tests.framework.lm.signatures.signature_strategies import signatures


def signature(field_type: Any, **more: Any) -> dict[str, Any]:
    """A signature with one output of this type."""
    return {"inputs": [{"name": "a"}], "outputs": [{"name": "b", "type": field_type, **more}]}


def test_json_says_only_what_the_signature_says() -> None:
    definition = parse_signature(
        "q -> a: list[str][..5] = [] 'all', e: Embedding[3], o: {x: int[1..]} | None", instructions="Go"
    )
    assert to_json(definition) == {
        "inputs": [{"name": "q", "type": {"kind": "str"}}],
        "outputs": [
            {
                "name": "a",
                "type": {"kind": "list", "item": {"kind": "str"}, "max_length": 5},
                "description": "all",
                "default": [],
            },
            {"name": "e", "type": {"kind": "Embedding", "size": 3}},
            {
                "name": "o",
                "type": {
                    "kind": "Optional",
                    "item": {"kind": "object", "fields": [{"name": "x", "type": {"kind": "int", "minimum": 1}}]},
                },
            },
        ],
        "instructions": "Go",
    }


def test_a_type_may_be_said_as_text() -> None:
    definition = from_json(signature("list[str[..3]][1..]"))
    assert definition.outputs[0].type == ListType(ScalarType(Scalar.STR, None, 3), 1, None)
    assert definition.inputs[0].type == ScalarType(Scalar.STR)


def test_one_digest_for_what_means_the_same() -> None:
    one = parse_signature("a, n: float[0..1] = 1 -> b: date | None", instructions="  Do it.\n")
    other = parse_signature("a: str,\nn: float[0.0..1.0] = 1.0, -> b: Optional[date] # a day", instructions="Do it.")
    assert digest(one) == digest(other) == digest(from_json(to_json(one)))
    assert digest(one) != digest(parse_signature("a, n: float[0..1] = 1 -> b: date", instructions="Do it."))


@pytest.mark.parametrize(
    ("data", "code", "path", "says"),
    [
        ([], "wrong_type", (), "a signature is an object with `inputs` and `outputs`"),
        ({}, "no_inputs", ("inputs",), "a signature has at least one input"),
        ({"inputs": {}, "outputs": []}, "wrong_type", ("inputs",), "a list of fields is expected"),
        (
            {"inputs": ["q"], "outputs": []},
            "wrong_type",
            ("inputs", 0),
            "a field is an object with a `name` and a `type`",
        ),
        ({"input": []}, "unknown_key", ("input",), "`input` means nothing here"),
        (signature("str") | {"instructions": 3}, "wrong_type", ("instructions",), "`instructions` is text"),
        (signature("str", note="x"), "unknown_key", ("outputs", 0, "note"), "`note` means nothing here"),
        (signature("str", name=3), "wrong_type", ("outputs", 0, "name"), "`name` is text"),
        (
            signature("str", name="a"),
            "duplicate_name",
            ("outputs", 0, "name"),
            "`a` is said twice: every name stands once",
        ),
        (
            signature(3),
            "wrong_type",
            ("outputs", 0, "type"),
            'a type is an object with its `kind`, or text such as "list[str]"',
        ),
        (signature({"kind": "strng"}), "unknown_type", ("outputs", 0, "type", "kind"), "there is no type `strng`"),
        (signature("strng"), "unknown_type", ("outputs", 0, "type"), "there is no type `strng`\n  strng\n  ^"),
        (signature("str str"), "syntax", ("outputs", 0, "type"), "`str` cannot stand here\n  str str\n      ^"),
        (
            signature({"kind": "list", "item": {"kind": "int", "minimum": "1"}}),
            "wrong_type",
            ("outputs", 0, "type", "item", "minimum"),
            "`minimum` is a number",
        ),
        (
            signature({"kind": "list", "item": "str", "max_length": 1.5}),
            "wrong_type",
            ("outputs", 0, "type", "max_length"),
            "`max_length` is an integer",
        ),
        (
            signature({"kind": "int", "minimum": 2, "maximum": 1}),
            "empty_range",
            ("outputs", 0, "type"),
            "the range 2..1 is empty: the first limit is the smaller one",
        ),
        (signature({"kind": "date", "minimum": 2}), "bad_limit", ("outputs", 0, "type"), "`date` takes no range"),
        (
            signature({"kind": "float", "minimum": float("inf")}),
            "bad_limit",
            ("outputs", 0, "type"),
            "a limit lies between -9007199254740991 and 9007199254740991",
        ),
        (
            signature({"kind": "str", "maximum": 2**60}),
            "bad_limit",
            ("outputs", 0, "type"),
            "a limit is at most 9007199254740991",
        ),
        (signature({"kind": "Score", "size": 2}), "bad_type", ("outputs", 0, "type"), "`Score` takes no size"),
        (
            signature({"kind": "Literal", "values": [None]}),
            "wrong_type",
            ("outputs", 0, "type", "values"),
            "a Literal lists strings, integers and booleans",
        ),
        (
            signature({"kind": "Optional", "item": {"kind": "Optional", "item": "str"}}),
            "bad_type",
            ("outputs", 0, "type"),
            "the type is optional already",
        ),
        (
            signature({"kind": "object", "fields": [{"name": "json"}]}),
            "reserved_name",
            ("outputs", 0, "type", "fields", 0, "name"),
            "`json` cannot be a name: it is a word of Pydantic or DSPy",
        ),
        (
            signature({"kind": "object", "fields": [{"name": "x", "type": "int", "default": "y"}]}),
            "bad_default",
            ("outputs", 0, "type", "fields", 0, "default"),
            "the default of `x` breaks its own type: has to be a whole number",
        ),
        (
            signature({"kind": "object", "fields": [{"name": "x", "description": "\0"}]}),
            "bad_text",
            ("outputs", 0, "type", "fields", 0, "description"),
            "the text holds a character that cannot be kept (NUL or half a surrogate pair)",
        ),
        (
            signature("list[int]", default=[1, "x"]),
            "bad_default",
            ("outputs", 0, "default", 1),
            "the default of `b` breaks its own type: has to be a whole number",
        ),
        (
            signature("str", default=object()),
            "bad_default",
            ("outputs", 0, "default"),
            "the default of `b` is not JSON: it cannot be written as JSON",
        ),
    ],
)
def test_a_mistake_is_said_with_its_path(data: Any, code: str, path: tuple[str | int, ...], says: str) -> None:
    with pytest.raises(Invalid) as caught:
        from_json(data)
    issue = caught.value.issues[0]
    assert (issue.code, issue.path, issue.message) == (code, path, says)


@pytest.mark.parametrize(
    "text",
    [
        "q -> a: float[-0.0..]",
        "q -> a: list[float[..-0.0]]",
        "q -> a: float = -0.0",
        "q -> a: list[float] = [1.0, -0.0]",
        'q -> a: dict[str, float | None] = {"x": -0.0}',
        "q -> a: {b: float[-0.0..] = -0.0} = {}",
        'h: History = [{"q": -0.0}] -> a',
    ],
)
def test_zero_has_no_sign(text: str) -> None:
    signed, plain = parse_signature(text), parse_signature(text.replace("-0.0", "0.0"))
    assert canonical_json(signed) == canonical_json(plain)
    assert digest(from_json(to_json(signed))) == digest(plain)
    assert format_signature(signed) == format_signature(plain)


def test_json_that_nests_without_end_is_refused() -> None:
    nested: dict[str, Any] = {"kind": "str"}
    for _ in range(500):
        nested = {"kind": "list", "item": nested}
    with pytest.raises(Invalid, match="types nest at most 8 deep"):
        from_json(signature(nested))


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["str", "list", "kind"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "item", "fields", "values", "name", "type", "default"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)


@given(st.data(), signatures())
def test_any_json_is_a_signature_or_invalid(data: st.DataObject, definition: SignatureDefinition) -> None:
    broken = copy.deepcopy(to_json(definition))
    side = broken[data.draw(st.sampled_from(["inputs", "outputs"]))]
    side[0][data.draw(st.sampled_from(["name", "type", "default", "description"]))] = data.draw(JUNK)
    issues: tuple[Issue, ...] = ()
    try:
        read = from_json(broken)
    except Invalid as invalid:
        issues = invalid.issues
    else:
        assert from_json(to_json(read)) == read
    assert all(issue.path for issue in issues)
