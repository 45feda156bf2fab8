import pytest

from framework.errors import (
    Conflict,
    DeclarationError,
    Failure,
    Forbidden,
    Invalid,
    Issue,
    NotFound,
    Problem,
    Source,
    Unavailable,
)


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        (Invalid, "invalid", "The input breaks a rule"),
        (NotFound, "not_found", "No such record, or none that this actor may see"),
        (Forbidden, "forbidden", "This actor may not do that"),
        (Conflict, "conflict", "The record is not in a state that allows this"),
        (Unavailable, "unavailable", "Something this depends on did not answer"),
    ],
)
def test_a_failure_says_what_it_is_when_nothing_is_said(kind: type[Failure], code: str, message: str) -> None:
    assert kind().issues == (Issue(code, message),)
    assert str(kind()) == message


def test_a_failure_carries_what_was_said_of_it() -> None:
    failure = Invalid("too long", code="too_long", path=("name",), params={"max": 3}, hint="shorten it")
    assert failure.issues == (Issue("too_long", "too long", ("name",), {"max": 3}, "shorten it"),)


def test_many_issues_make_one_failure() -> None:
    issues = [Issue("a", "one is wrong", ("x",)), Issue("b", "so is two", ("y",))]
    failure = Conflict.of(issues)
    assert failure.issues == tuple(issues)
    assert str(failure) == "one is wrong; so is two"


def test_a_failure_seen_from_further_out_has_a_longer_path() -> None:
    failure = Invalid("wrong", path=("name",)).under("records", 3)
    assert type(failure) is Invalid
    assert [issue.path for issue in failure.issues] == [("records", 3, "name")]


def test_the_field_of_an_issue_is_the_last_name_on_its_path() -> None:
    assert Issue("x", "x", ("records", 3, "tags", 0)).field == "tags"
    assert Issue("x", "x", (0,)).field is None


def test_every_mistake_of_a_declaration_is_told_with_its_place_and_a_way_out() -> None:
    error = DeclarationError(
        [
            Problem(Source("notes.py", 7), "Note.write.accept", "`id` is generated, so nobody may write it"),
            Problem(Source("notes.py", 9), "Note.titel", "is wrong", "did you mean `title`?"),
        ]
    )
    assert str(error).splitlines() == [
        "2 mistakes in the declarations:",
        "  notes.py:7",
        "    `Note.write.accept`: `id` is generated, so nobody may write it",
        "  notes.py:9",
        "    `Note.titel`: is wrong (did you mean `title`?)",
    ]
