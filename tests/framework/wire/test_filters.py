"""What a client's filter tree means, and what is wrong with those that mean nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from framework.errors import Invalid, Issue
from framework.expr.nodes import (
    FALSE,
    TRUE,
    Among,
    Case,
    Combine,
    Compare,
    Comparison,
    IsNull,
    Logic,
    Match,
    Matching,
    Not,
    Ref,
    Some,
    Value,
    along,
)
from framework.spec.domain import DomainSpec
from framework.wire.filters import parse_filter
from framework.wire.operands import Text
from tests.framework.wire.conftest import Edition


def issues_of(tree: Any, domain: DomainSpec, resource: str = "Book") -> tuple[Issue, ...]:
    with pytest.raises(Invalid) as caught:
        parse_filter(tree, domain.resources[resource], domain)
    return caught.value.issues


TITLE = Ref("title")


@pytest.mark.parametrize(
    ("tree", "node"),
    [
        ({}, TRUE),
        ({"title": {}}, TRUE),
        ({"or": []}, FALSE),
        ({"title": {"eq": "x"}}, Compare(Comparison.EQ, TITLE, Value("x"))),
        ({"title": {"ilike": "%qa%"}}, Match(Matching.ILIKE, TITLE, Value("%qa%"))),
        ({"title": {"eq": None}}, IsNull(TITLE)),
        ({"title": {"ne": None}}, Not(IsNull(TITLE))),
        ({"title": {"is_null": Text("false")}}, Not(IsNull(TITLE))),
        ({"title": {"in": ["a", "b"]}}, Among(TITLE, ("a", "b"))),
        ({"title": {"not_in": ["a"]}}, Not(Among(TITLE, ("a",)))),
        ({"pages": {"gt": Text("300")}}, Compare(Comparison.GT, Ref("pages"), Value(300))),
        ({"edition": {"eq": Text("2")}}, Compare(Comparison.EQ, Ref("edition"), Value(Edition.SECOND))),
        ({"volumes": {"in": [Text("1"), 3]}}, Among(Ref("volumes"), (1, 3))),
        ({"pages": {"lt": 9999}}, Compare(Comparison.LT, Ref("pages"), Value(9999))),
        ({"not": {"title": {"eq": "x"}}}, Not(Compare(Comparison.EQ, TITLE, Value("x")))),
        ({"author": {"name": {"eq": "Ada"}}}, Compare(Comparison.EQ, along("author", "name"), Value("Ada"))),
        ({"author": {"book_count": {"ge": 2}}}, Compare(Comparison.GE, along("author", "book_count"), Value(2))),
        (
            {"or": [{"title": {"eq": "x"}}, {"pages": {"is_null": True}}]},
            Combine(Logic.OR, (Compare(Comparison.EQ, TITLE, Value("x")), IsNull(Ref("pages")))),
        ),
        (
            {"author": {"books": {"some": {"title": {"eq": "x"}}}}},
            Some("author", Some("books", Compare(Comparison.EQ, TITLE, Value("x")))),
        ),
    ],
)
def test_a_tree_means_a_condition(tree: Any, node: Any, library: DomainSpec) -> None:
    assert parse_filter(tree, library.resources["Book"], library) == node


def test_what_stands_side_by_side_must_all_hold(library: DomainSpec) -> None:
    node = parse_filter({"pages": {"gt": 1, "lt": 9}, "title": {"eq": "x"}}, library.resources["Book"], library)
    pages = Ref("pages")
    both = Combine(Logic.AND, (Compare(Comparison.GT, pages, Value(1)), Compare(Comparison.LT, pages, Value(9))))
    assert node == Combine(Logic.AND, (both, Compare(Comparison.EQ, TITLE, Value("x"))))


def test_every_is_not_satisfied_by_a_record_the_condition_is_unknown_for(library: DomainSpec) -> None:
    node = parse_filter({"books": {"every": {"pages": {"gt": 1}}}}, library.resources["Author"], library)
    where = Compare(Comparison.GT, Ref("pages"), Value(1))
    assert node == Not(Some("books", Case(where, Value(value=False), Value(value=True))))


def test_none_is_not_some(library: DomainSpec) -> None:
    node = parse_filter({"books": {"none": {}}}, library.resources["Author"], library)
    assert node == Not(Some("books", TRUE))


@pytest.mark.parametrize(
    ("tree", "code", "path", "message"),
    [
        ({"titel": {"eq": 1}}, "unknown_field", ("titel",), "`Book` has no `titel` to filter by"),
        ({"title": {"eqq": 1}}, "unknown_operator", ("title", "eqq"), None),
        ({"title": "x"}, "object_expected", ("title",), "`title` takes an operator and a value"),
        ({"title": {"in": "x"}}, "list_expected", ("title", "in"), "`in` takes a list of values"),
        ({"title": {"eq": "a\x00"}}, "nul_character", ("title", "eq"), "a text holds no NUL character"),
        ({"title": {"like": 5}}, "string_type", ("title", "like"), None),
        ({"pages": {"eq": "many"}}, "int_parsing", ("pages", "eq"), None),
        ({"pages": {"in": [1, "x"]}}, "int_parsing", ("pages", "in", 1), None),
        ({"pages": {"eq": 2**63}}, "out_of_range", ("pages", "eq"), None),
        ({"pages": {"gt": None}}, "int_type", ("pages", "gt"), None),
        ({"title": {"is_null": "maybe"}}, "bool_parsing", ("title", "is_null"), None),
        ({"score": {"lt": float("nan")}}, "finite_number", ("score", "lt"), None),
        ({"genre": {"eq": "essay"}}, "enum", ("genre", "eq"), None),
        ({"genre": {"lt": "novel"}}, "unknown_operator", ("genre", "lt"), None),
        ({"printed": {"in": [True]}}, "unknown_operator", ("printed", "in"), None),
        ({"tags": {"contains": "x"}}, "unknown_operator", ("tags", "contains"), None),
        ({"or": {"title": {"eq": "x"}}}, "list_expected", ("or",), "`or` takes a list of filters"),
        ({"or": [{"title": {}}, 5]}, "object_expected", ("or", 1), None),
        ({"not": []}, "object_expected", ("not",), None),
        ({"author": {"books": {"any": {}}}}, "unknown_operator", ("author", "books", "any"), None),
        ({"author": {"books": []}}, "object_expected", ("author", "books"), None),
        ({"author": {"nam": {}}}, "unknown_field", ("author", "nam"), "`Author` has no `nam` to filter by"),
    ],
)
def test_a_wrong_tree_is_refused_at_the_place_at_fault(
    library: DomainSpec, *, tree: Any, code: str, path: tuple[str | int, ...], message: str | None
) -> None:
    (issue,) = issues_of(tree, library)
    assert (issue.code, issue.path) == (code, ("filter", *path))
    assert message is None or issue.message == message


def test_the_name_that_was_meant_is_suggested(library: DomainSpec) -> None:
    field, operator = issues_of({"titel": {}, "title": {"ilke": "x"}}, library)
    assert (field.hint, operator.hint) == ("did you mean `title`?", "did you mean `ilike`?")


def test_everything_that_is_wrong_is_said_at_once(library: DomainSpec) -> None:
    found = issues_of({"titel": {}, "pages": {"eq": "x"}, "or": [{"genre": {"eq": "essay"}}]}, library)
    assert [issue.path[1] for issue in found] == ["titel", "pages", "or"]


@pytest.mark.parametrize("tree", [{"diary": {"eq": "x"}}, {"letters": {"some": {}}}])
def test_what_is_private_answers_as_what_does_not_exist(tree: dict[str, Any], library: DomainSpec) -> None:
    (name,) = tree
    private = issues_of(tree, library, "Author")
    absent = issues_of({"zzz": {}}, library, "Author")
    assert [(i.code, i.message.replace(name, "zzz"), i.hint) for i in private] == [
        (i.code, i.message, i.hint) for i in absent
    ]


def test_a_private_name_is_never_suggested(library: DomainSpec) -> None:
    (issue,) = issues_of({"diry": {}}, library, "Author")
    assert issue.hint is None


def test_a_private_link_and_its_key_cannot_be_walked(library: DomainSpec) -> None:
    found = issues_of({"editor": {"name": {"eq": "x"}}, "editor_id": {"eq": str(uuid4())}}, library)
    assert [issue.code for issue in found] == ["unknown_field", "unknown_field"]


def test_a_filter_nests_at_most_eight_levels(library: DomainSpec) -> None:
    tree: dict[str, Any] = {"title": {"eq": "x"}}
    for _ in range(8):
        tree = {"not": tree}
    assert parse_filter(tree, library.resources["Book"], library) != TRUE
    (issue,) = issues_of({"not": tree}, library)
    assert issue.code == "too_deep"


def test_a_filter_holds_at_most_a_hundred_conditions(library: DomainSpec) -> None:
    many: dict[str, Any] = {f"no_{n}": {} for n in range(5000)}
    codes = [issue.code for issue in issues_of(many, library)]
    assert codes == ["unknown_field"] * 100 + ["too_many_conditions"]


@pytest.mark.parametrize(
    "tree",
    [
        {"or": [{"title": {"eq": "x"}}] * 101},
        {"and": [{"title": {"eq": "x", "ne": "y", "like": "z"}}] * 40},
        {"author": {"books": {f"no_{n}": {} for n in range(200)}}},
        {"title": {f"no_{n}": 1 for n in range(200)}},
    ],
)
def test_no_shape_gets_round_the_bound(tree: dict[str, Any], library: DomainSpec) -> None:
    assert "too_many_conditions" in {issue.code for issue in issues_of(tree, library)}


def test_a_list_holds_at_most_a_thousand_values(library: DomainSpec) -> None:
    assert parse_filter({"pages": {"in": [1] * 1000}}, library.resources["Book"], library) != TRUE
    (issue,) = issues_of({"pages": {"in": [1] * 1001}}, library)
    assert (issue.code, issue.message) == ("too_many_values", "`in` takes at most 1000 values, got 1001")


def test_a_long_name_is_not_repeated_at_length(library: DomainSpec) -> None:
    (issue,) = issues_of({"x" * 100_000: {}}, library)
    assert len(issue.message) < 200
