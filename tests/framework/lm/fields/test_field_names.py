"""What a field may be called."""

from __future__ import annotations

import pytest

from framework.lm.fields.field_names import duplicate_problems, name_problems, reserved_problems


@pytest.mark.parametrize("name", ["a", "Z9", "ticket_text", "reasoning", "answer2", "items", "labels", "a_"])
def test_plain_names_are_free(name: str) -> None:
    assert [*name_problems(name, ()), *reserved_problems(name, ())] == []


@pytest.mark.parametrize(
    "name",
    [
        *("instructions", "signature", "fields", "input_fields", "output_fields", "json", "copy", "schema", "model_x"),
        *("demos", "config", "lm", "new_signature", "prediction", "_trace", "validate", "dict", "construct", "self"),
        *("completed", "base", "dspy_x", "class", "None", "model_config", "__typename", "1a", "a-b", "a b", "", "é"),
    ],
)
def test_what_python_graphql_pydantic_or_dspy_would_trip_over_is_taken(name: str) -> None:
    assert [*name_problems(name, ()), *reserved_problems(name, ())]


def test_a_part_of_an_object_may_have_a_name_that_only_dspy_takes() -> None:
    assert list(name_problems("config", ())) == []


def test_a_taken_name_comes_with_a_free_one() -> None:
    (issue,) = name_problems("json", ("inputs", 0, "name"))
    assert (issue.hint, issue.path) == ("try `json_value`", ("inputs", 0, "name"))
    assert [*name_problems("json_value", ()), *reserved_problems("json_value", ())] == []


def test_names_that_camel_case_makes_one_are_said_twice() -> None:
    issues = duplicate_problems([("reply_to", ("a",)), ("replyTo", ("b",)), ("reply_to", ("c",)), ("other", ("d",))])
    assert [(issue.path, issue.params["name"]) for issue in issues] == [(("b",), "replyTo"), (("c",), "reply_to")]
