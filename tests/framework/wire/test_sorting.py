"""The order a client asks for, and what is wrong with those there are not."""

from __future__ import annotations

import pytest

from framework.actions.query import Sort
from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.wire.sorting import parse_sort


def test_names_become_sorts_in_their_order(library: DomainSpec) -> None:
    found = parse_sort(["-created_at", "author.name", "title"], library.resources["Book"], library)
    assert found == (Sort(("created_at",), descending=True), Sort(("author", "name")), Sort(("title",)))


def test_a_derived_value_can_be_sorted_by(library: DomainSpec) -> None:
    assert parse_sort(["-book_count"], library.resources["Author"], library) == (
        Sort(("book_count",), descending=True),
    )


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("titel", "unknown_field", "`Book` has no `titel` to sort by"),
        ("", "unknown_field", "`Book` has no `` to sort by"),
        ("editor_id", "unknown_field", "`Book` has no `editor_id` to sort by"),
        ("editor.name", "unknown_field", "`Book` has no `editor` that leads to one record"),
        ("author.books", "unknown_field", "`Author` has no `books` to sort by"),
        ("author.books.title", "unknown_field", "`Author` has no `books` that leads to one record"),
        ("tags", "not_ordered", "`tags` has no order: it is of the type list"),
        ("a.b.c.d.e.f", "too_deep", "a sort follows at most 4 links"),
    ],
)
def test_what_cannot_be_sorted_by_is_refused(name: str, code: str, message: str, library: DomainSpec) -> None:
    with pytest.raises(Invalid) as caught:
        parse_sort(["title", name], library.resources["Book"], library)
    (issue,) = caught.value.issues
    assert (issue.code, issue.message, issue.path) == (code, message, ("sort", 1))


def test_nothing_is_sorted_by_twice(library: DomainSpec) -> None:
    with pytest.raises(Invalid, match="`title` is sorted by twice"):
        parse_sort(["title", "-title"], library.resources["Book"], library)


def test_at_most_eight_values_are_sorted_by(library: DomainSpec) -> None:
    with pytest.raises(Invalid, match="at most 8 values can be sorted by"):
        parse_sort(["title"] * 9, library.resources["Book"], library)
