"""The text form of a signature, read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import Invalid, Issue
from framework.lm.fields.field_types import (
    DictType,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
)
from framework.lm.signatures.definition import MISSING, FieldDefinition
from framework.lm.signatures.grammar import parse_signature, parse_type

STR = ScalarType(Scalar.STR)


def refused(text: str) -> list[Issue]:
    """What is wrong with a text."""
    with pytest.raises(Invalid) as caught:
        parse_signature(text)
    return list(caught.value.issues)


def test_names_alone_are_text() -> None:
    definition = parse_signature("question -> answer")
    assert definition.inputs == (FieldDefinition("question", STR),)
    assert definition.outputs == (FieldDefinition("answer", STR),)


def test_a_field_has_a_type_a_default_and_a_description() -> None:
    definition = parse_signature('n: int[1..10] = 3 "how many" -> answer "a short one"')
    assert definition.inputs == (FieldDefinition("n", ScalarType(Scalar.INT, 1, 10), "how many", 3),)
    assert definition.outputs == (FieldDefinition("answer", STR, "a short one", MISSING),)


def test_lines_comments_and_a_last_comma_are_free() -> None:
    text = """
        # what the customer wrote
        ticket: str[..5000],   # at most 5000 characters
        history: History = [],
        ->
        team: Literal['billing', "technical",],
        confidence: Probability,
    """
    definition = parse_signature(text, instructions="\n    Route the ticket.\n      Be quick.\n")
    assert definition.input_names == ("ticket", "history")
    assert definition.output_names == ("team", "confidence")
    assert definition.instructions == "Route the ticket.\n  Be quick."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("str", STR),
        ("str[..200]", ScalarType(Scalar.STR, None, 200)),
        ("int[1..]", ScalarType(Scalar.INT, 1, None)),
        ("int[-5..-1]", ScalarType(Scalar.INT, -5, -1)),
        ("float[0..1]", ScalarType(Scalar.FLOAT, 0.0, 1.0)),
        ("float[-1.5e1..2.5]", ScalarType(Scalar.FLOAT, -15.0, 2.5)),
        ("bool", ScalarType(Scalar.BOOL)),
        ("date", ScalarType(Scalar.DATE)),
        ("datetime", ScalarType(Scalar.DATETIME)),
        ("Literal['it\\'s', \"b\", 3, -1, true, False]", LiteralType(("it's", "b", 3, -1, True, False))),
        ("list[str][..5]", ListType(STR, None, 5)),
        ("list[list[int[0..3]]][1..2]", ListType(ListType(ScalarType(Scalar.INT, 0, 3)), 1, 2)),
        ("dict[str, float]", DictType(ScalarType(Scalar.FLOAT))),
        ("Optional[str]", OptionalType(STR)),
        ("str[..3] | None", OptionalType(ScalarType(Scalar.STR, None, 3))),
        (
            "{name, age: int[0..] = 3}",
            ObjectType((FieldDefinition("name", STR), FieldDefinition("age", ScalarType(Scalar.INT, 0), "", 3))),
        ),
        ("Embedding[384]", SemanticType(Semantic.EMBEDDING, 384)),
        ("list[Citation]", ListType(SemanticType(Semantic.CITATION))),
    ],
)
def test_every_type_has_a_text(text: str, expected: FieldType) -> None:
    assert parse_type(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a\\n\\u00e9\\ud83d\\ude00\\""', 'a\né\U0001f600"'),
        ("'single \"quoted\"'", 'single "quoted"'),
    ],
)
def test_strings_have_the_escapes_of_json(text: str, expected: str) -> None:
    assert parse_signature(f"q = {text} -> a").inputs[0].default == expected


def test_defaults_are_json() -> None:
    definition = parse_signature("""a: dict[str, list[int]] = {"x": [1, 2,], "y": []}, b: str | None = None,
        c: bool = true, d: float = 1, e: {n: int, m: str | None} = {"n": 1},
        when: datetime = "2026-11-21T10:00:00" -> z""")
    assert [field.default for field in definition.inputs] == [
        {"x": [1, 2], "y": []},
        None,
        True,
        1.0,
        {"n": 1, "m": None},
        "2026-11-21T10:00:00Z",
    ]


MISTAKES = [
    ("", 1, "no_arrow", "`->` is expected between inputs and outputs, not the end"),
    ("a, b", 5, "no_arrow", "`->` is expected between inputs and outputs, not the end"),
    ("-> a", 1, "no_inputs", "a signature has at least one input"),
    ("a ->", 5, "no_outputs", "a signature has at least one output"),
    ("a -> b -> c", 8, "syntax", "a signature has one `->`"),
    ("a -> b c", 8, "syntax", "a comma is missing before `c`"),
    ("a -> b,, c", 8, "syntax", "a name is expected, not `,`"),
    ("a -> b }", 8, "syntax", "`}` cannot stand here"),
    ("a -> b: strr", 9, "unknown_type", "there is no type `strr`"),
    ("a -> b: os.path", 11, "syntax", "`.` has no meaning here"),
    ("a -> b: eval('1')", 13, "syntax", "nothing is called here: a type is a name, a list or an object"),
    ("a -> b: list", 13, "syntax", "a list says what it holds"),
    ("a -> b: dict", 13, "syntax", "a dict says what it holds"),
    ("a -> b: 3", 9, "syntax", "a type is expected, not `3`"),
    ("a -> b: Embedding[x]", 19, "syntax", "a number of dimensions is expected, not `x`"),
    ("a -> b = {x: 1}", 11, "syntax", "a name in quotes is expected, not `x`"),
    ("a -> b = ->", 10, "syntax", "a value is expected, not `->`"),
    ("a -> b: list[str", 17, "syntax", "`]` is expected after the type of a list, not the end"),
    ("a -> b: dict[int, str]", 14, "syntax", "the names in a dict are strings"),
    ("a -> b: int | str", 13, "syntax", "a value has one type: only `| None` may follow"),
    ("a -> b: Optional[str] | None", 23, "syntax", "the type is optional already"),
    ("a -> b: str[5]", 14, "syntax", "a range is two limits with `..` between them"),
    ("a -> b: str[..]", 12, "bad_limit", "a range says one limit at least"),
    ("a -> b: int[5..1]", 9, "empty_range", "the range 5..1 is empty: the first limit is the smaller one"),
    ("a -> b: int[0.5..1]", 9, "bad_limit", "the limits of an `int` are integers"),
    ("a -> b: str[-1..]", 9, "bad_limit", "the limits of a length are integers, 0 or more"),
    ("a -> b: list[str][0.5..]", 18, "bad_limit", "the limits of a length are integers"),
    ("a -> b: bool[0..1]", 9, "bad_limit", "`bool` takes no range"),
    ("a -> b: Image[0..1]", 14, "bad_limit", "`str`, `int`, `float` and lists take one range, other types none"),
    ("a -> b: float[..1e999]", 17, "syntax", "`1e999` is too large"),
    ("a -> b: Embedding", 18, "syntax", "an Embedding says its dimensions"),
    ("a -> b: Embedding[0]", 9, "bad_type", "an Embedding says its dimensions, 1 to 16000"),
    ("a -> b: Literal[]", 9, "bad_literal", "a Literal lists at least one value"),
    ("a -> b: Literal['x', 'X']", 9, "bad_literal", "`X` stands twice in the Literal (case does not count)"),
    ("a -> b: Literal[1, '1']", 9, "bad_literal", "`1` stands twice in the Literal (case does not count)"),
    ("a -> b: Literal[0.5]", 17, "bad_literal", "a Literal lists strings, integers and booleans"),
    ("a -> b: {}", 9, "bad_type", "an object has at least one part"),
    ("a -> b: int = 'x'", 15, "bad_default", "the default of `b` breaks its own type: has to be a whole number"),
    (
        "a -> b: int[..5] = 6",
        20,
        "bad_default",
        "the default of `b` breaks its own type: has to be 5 or less",
    ),
    ("a -> b: int = x", 15, "syntax", "`x` is no value: a string stands in quotes"),
    ("a -> b = 'x", 10, "syntax", "the string is not closed on its line"),
    ("a -> b = '\\x'", 11, "syntax", "`\\x` is no escape: write `\\\\` for a backslash"),
    ("a -> b 'x' = 'y'", 12, "syntax", "the description stands last"),
    ("a -> b 'x' 'y'", 12, "syntax", "the description is said once"),
    ("a -> b = 'x' = 'y'", 14, "syntax", "the default is said once"),
    ("a -> b = {'x': 1, 'x': 2}", 19, "syntax", "`'x'` is said twice"),
    ("a -> a", 6, "duplicate_name", "`a` is said twice: every name stands once"),
    (
        "reply_to, replyTo -> a",
        11,
        "duplicate_name",
        "`replyTo` differs from `reply_to` only in case or underscores, which camel case does not keep",
    ),
    ("class -> a", 1, "reserved_name", "`class` cannot be a name: it is a keyword of Python"),
    ("a -> json", 6, "reserved_name", "`json` cannot be a name: it is a word of Pydantic or DSPy"),
    ("demos -> a", 1, "reserved_name", "`demos` cannot be a name: it is a word of DSPy"),
    (
        "_x -> a",
        1,
        "bad_name",
        "`_x` cannot be a name: a name starts with a letter and goes on with letters, digits and underscores",
    ),
    (
        "naïve -> a",
        1,
        "bad_name",
        "`naïve` cannot be a name: a name starts with a letter and goes on with letters, digits and underscores",
    ),
    ("a -> h: History", 9, "misplaced_type", "`History` and `Image` are what a model is shown: inputs"),
    ("r: Reasoning -> a", 4, "misplaced_type", "`Reasoning` is what a model writes: an output"),
    ("h: History, i: History -> a", 16, "misplaced_type", "a signature has one `History` at most"),
    ("a -> b: list[Reasoning]", 14, "misplaced_type", "`Reasoning` is a whole field, not a part of one"),
]


@pytest.mark.parametrize(("text", "column", "code", "says"), MISTAKES, ids=[mistake[0] for mistake in MISTAKES])
def test_a_mistake_is_said_with_its_column(text: str, column: int, code: str, says: str) -> None:
    first = refused(text)[0]
    assert (first.message.splitlines()[0], first.code) == (says, code)
    line, caret = first.message.splitlines()[1:]
    assert line == f"  {text}"
    assert (first.params["line"], first.params["column"]) == (1, column)
    assert caret == " " * (column + 1) + "^"


def test_every_mistake_is_said_at_once() -> None:
    issues = refused("q: strng, x: vector[3], class ->\n  y: int[1..0],\n  q: int = 'x'")
    assert [(issue.code, issue.params["line"], issue.params["column"]) for issue in issues] == [
        ("unknown_type", 1, 4),
        ("unknown_type", 1, 14),
        ("reserved_name", 1, 25),
        ("empty_range", 2, 6),
        ("bad_default", 3, 12),
        ("duplicate_name", 3, 3),
    ]
    assert [issue.hint for issue in issues[:2]] == ["did you mean `str`?", "did you mean `Embedding`?"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("string", "did you mean `str`?"),
        ("Str", "did you mean `str`?"),
        ("List", "did you mean `list`?"),
        ("Probabilty", "did you mean `Probability`?"),
        ("object", "write the parts in braces: `{name: str, age: int}`"),
        ("Union", "only `Optional[…]` or `… | None` may join types"),
    ],
)
def test_an_unknown_type_comes_with_the_nearest_one(name: str, hint: str) -> None:
    assert refused(f"a -> b: {name}[str]")[0].hint == hint


def test_a_long_line_is_shown_around_the_mistake() -> None:
    text = ", ".join(f"name{number}" for number in range(40)) + " -> b: nothing"
    line, caret = refused(text)[0].message.splitlines()[1:]
    assert len(line) <= 102
    assert line[len(caret) - 1 :] == "nothing"


def test_the_type_of_an_import_is_not_imported() -> None:
    assert refused("a -> b: this")[0].code == "unknown_type"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a -> " + "b" * 20_000, "too_long"),
        ("a -> " + "é" * 10_000, "too_long"),
        ("a -> " + ", ".join(f"b{number}" for number in range(64)), "too_many_fields"),
        ("a -> b: " + "list[" * 9 + "str" + "]" * 9, "too_deep"),
        ("a -> b: " + "{x: " * 9 + "str" + "}" * 9, "too_deep"),
        ("a -> b: " + "Optional[" * 2_000, "too_deep"),
        ("a -> b = " + "[" * 5_000, "too_deep"),
        ("a -> b: int = " + "9" * 5_000, "syntax"),
        ("a -> b: int = 9007199254740992", "bad_default"),
        ("a -> b: int[..9007199254740992]", "bad_limit"),
        ("a -> b: Literal[9007199254740992]", "bad_literal"),
        ("a -> b: Literal[' x']", "bad_literal"),
        ("a -> b: Literal[" + ", ".join(map(str, range(101))) + "]", "bad_literal"),
        ("a -> b: Embedding[16001]", "bad_type"),
        ("a -> " + "b" * 65, "bad_name"),
        ("a -> b '" + "x" * 2_001 + "'", "too_long"),
        ("a -> b '\\u0000'", "bad_text"),
        ("a -> b '\\ud800'", "bad_text"),
        ("a -> b = '\\ud800'", "bad_default"),
        ("a -> b = '\\u0000'", "bad_default"),
        ("a -> b: {x: {y: int = 'z'} = {}}", "bad_default"),
    ],
)
def test_a_signature_is_bounded(text: str, code: str) -> None:
    assert [issue.code for issue in refused(text)] == [code]


def test_eight_types_deep_is_deep_enough() -> None:
    assert parse_signature("a -> b: " + "list[" * 7 + "str" + "]" * 7).output_names == ("b",)


def test_the_number_of_mistakes_is_bounded() -> None:
    assert len(refused(", ".join(f"a{number}: nothing" for number in range(60)) + " -> b")) == 20


def test_instructions_are_bounded() -> None:
    with pytest.raises(Invalid, match="too long"):
        parse_signature("a -> b", instructions="x" * 20_001)


WORDS = st.sampled_from(
    [
        *(
            "a",
            "b",
            "str",
            "int",
            "list",
            "dict",
            "Literal",
            "Optional",
            "Embedding",
            "None",
            "true",
            "class",
            "json",
            "é",
        ),
        *(
            "->",
            "..",
            ":",
            ",",
            "=",
            "|",
            "[",
            "]",
            "{",
            "}",
            "1",
            "-2.5",
            "1e400",
            "'x'",
            '"',
            "#",
            "\\",
            "\n",
            " ",
            "\ud800",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_any_text_is_a_signature_or_invalid(text: str) -> None:
    issues: tuple[Issue, ...] = ()
    try:
        parse_signature(text)
    except Invalid as invalid:
        issues = invalid.issues
    assert all("line" in issue.params or issue.code == "too_long" for issue in issues)
