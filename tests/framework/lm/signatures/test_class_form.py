"""The class form of a signature."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import annotated_types
import pytest
from pydantic import Field

from framework.errors import Invalid
from framework.lm.fields.semantic_types import Citation, History, Image, Probability, Reasoning, Score, dimensions
from framework.lm.signatures.class_form import from_class, input, output, part, to_source  # noqa: A004 - the words of the language
from framework.lm.signatures.formatting import format_signature
from framework.lm.signatures.grammar import parse_signature


class Customer:
    name: str
    since: date | None = part("first order", default=None)


class Triage:
    """Route a support ticket.

    Be quick:
      and kind.
    """

    ticket: Annotated[str, Field(min_length=1, max_length=5000)] = input("what the customer wrote")
    customer: Customer = input()
    history: History = input(default=[])
    photo: Image | None = input()
    team: Literal["billing", "technical"] = output()
    confidence: Probability = output()
    mark: Score = output()
    why: Reasoning = output()
    scores: dict[str, list[Annotated[float, annotated_types.Ge(0), annotated_types.Le(1)]]] = output()
    tags: Annotated[list[str], annotated_types.MaxLen(3)] = output("topics", default=["x"])
    day: date = output(default=date(2026, 11, 21))
    sources: list[Citation] = output()
    vector: Annotated[list[float], dimensions(3)] = output()


def test_a_class_says_what_a_text_says() -> None:
    assert from_class(Triage) == parse_signature(
        """
        ticket: str[1..5000] "what the customer wrote",
        customer: {name: str, since: date | None = null "first order"}, history: History = [], photo: Image | None
        -> team: Literal['billing', 'technical'], confidence: Probability, mark: Score, why: Reasoning,
           scores: dict[str, list[float[0..1]]], tags: list[str][..3] = ["x"] "topics", day: date = "2026-11-21",
           sources: list[Citation], vector: Embedding[3]
        """,
        instructions="Route a support ticket.\n\nBe quick:\n  and kind.",
    )


def test_a_class_takes_the_fields_of_the_class_it_is_made_from() -> None:
    class Asked:
        question: str = input()

    class Answered(Asked):
        answer: str = output()

    assert format_signature(from_class(Answered)) == "question -> answer"


def test_the_source_is_what_a_developer_would_write() -> None:
    definition = parse_signature(
        """date: date, who: {name, age: int[0..] = 3} -> team: Literal['a', "b'"] "it's", n: float[..1.5] | None = 1""",
        instructions='Say "no".\n  Never """maybe"""\\.',
    )
    assert (
        to_source(definition, "Ask")
        == '''\
from datetime import date as _date
from framework.lm.signatures.class_form import input, output, part
from pydantic import Field
from typing import Annotated, Literal


class AskWho:
    name: str
    age: Annotated[int, Field(ge=0)] = part(default=3)


class Ask:
    """
    Say \\"no\\".
      Never \\"\\"\\"maybe\\"\\"\\"\\\\.
    """

    date: _date = input()
    who: AskWho = input()
    team: Literal['a', "b'"] = output("it's")
    n: Annotated[float, Field(le=1.5)] | None = output(default=1.0)
'''
    )


@pytest.mark.parametrize("name", ["class", "1a", "a b", ""])
def test_a_class_has_a_name_that_python_takes(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be the name of a class"):
        to_source(parse_signature("a -> b"), name)


class _Node:
    next: _Node


class _Unknown:
    a: Nowhere = input()  # type: ignore[name-defined]  # noqa: F821 - a mistake on purpose


def _class(annotation: Any, said: Any) -> type:
    return type("Wrong", (), {"__annotations__": {"a": annotation}, **({} if said is None else {"a": said})})


@pytest.mark.parametrize(
    ("annotation", "said", "code", "says"),
    [
        (str, None, "no_side", "`Wrong.a`: a field of a signature is said as `input(…)` or `output(…)`"),
        (str, part(), "no_side", "`Wrong.a`: a field of a signature is said as `input(…)` or `output(…)`"),
        (
            str,
            "x",
            "bad_default",
            "`Wrong.a`: a default is said as `input(default=…)`, `output(default=…)` or `part(default=…)`",
        ),
        (set[str], input(), "unknown_type", "`Wrong.a`: there is no type `set`"),
        (bytes, input(), "unknown_type", "`Wrong.a`: there is no type `bytes`"),
        (list, input(), "unknown_type", "`Wrong.a`: there is no type `list`"),
        (dict[int, str], input(), "unknown_type", "`Wrong.a`: there is no type `dict`"),
        (int | str, input(), "bad_type", "`Wrong.a`: a value has one type: only `| None` may follow"),
        (Literal[None], input(), "bad_literal", "`Wrong.a`: a Literal lists strings, integers and booleans"),
        (
            Annotated[int, Field(max_length=3)],
            input(),
            "bad_limit",
            "`Wrong.a`: `max_length` does not limit a value of this type",
        ),
        (
            Annotated[dict[str, int], Field(max_length=3)],
            input(),
            "bad_limit",
            "`Wrong.a`: `max_length` does not limit a value of this type",
        ),
        (
            Annotated[int, "small"],
            input(),
            "bad_limit",
            "`Wrong.a`: the limits are `ge`, `le`, `min_length` and `max_length`",
        ),
        (
            Annotated[int, Field(gt=3)],
            input(),
            "bad_limit",
            "`Wrong.a`: the limits are `ge`, `le`, `min_length` and `max_length`",
        ),
        (Triage, input(), "bad_type", "`Triage.ticket`: a part of an object is said as `part(…)`"),
        (_Node, input(), "too_deep", "`_Node.next`: types nest at most 8 deep"),
        (str, input(), "no_outputs", "a signature has at least one output"),
    ],
)
def test_a_mistake_is_said_with_its_class_and_name(annotation: Any, said: Any, code: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        from_class(_class(annotation, said))
    assert (caught.value.issues[0].code, caught.value.issues[0].message) == (code, says)


def test_a_name_that_its_module_does_not_know_is_named() -> None:
    with pytest.raises(Invalid, match="`_Unknown`: an annotation names `Nowhere`, which its module does not know"):
        from_class(_Unknown)
