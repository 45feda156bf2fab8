"""Statements that are kept are those of questions that differ in known values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from framework.data.access_scope import AccessScope
from framework.data.protocols import Row
from framework.data.selection import Selection
from framework.expr.nodes import (
    FALSE,
    Among,
    Arithmetic,
    Compare,
    Comparison,
    Match,
    Matching,
    Node,
    Operator,
    Ref,
    Value,
    every,
)
from framework.sql.clauses.parameters import CannotBeParametrized, parametrized
from framework.sql.definitions.schema import schema_of
from framework.sql.statements.prepared import Prepared, Statements
from framework.sql.statements.statement_cache import SIZE
from framework.testing.contract.rows import BOOK, LIBRARY, SHELF

NAME = Ref("name")


@pytest.fixture
def statements() -> Statements:
    return Statements(schema_of(LIBRARY))


def named(value: object) -> Node:
    return Compare(Comparison.EQ, NAME, Value(value))


def named_title(value: str) -> Node:
    return Compare(Comparison.EQ, Ref("title"), Value(value))


def test_questions_that_differ_in_a_value_share_a_statement(statements: Statements) -> None:
    one, other = (statements.read(Selection(SHELF, ("name",), named(name))) for name in ("a", "b"))
    assert one.statement is other.statement
    assert [*one.values.values(), *other.values.values()] == ["a", "b"]


def test_questions_about_two_resources_share_none(statements: Statements) -> None:
    assert statements.count(SHELF, None).statement is not statements.count(BOOK, None).statement


def test_values_that_are_equal_but_of_another_type_share_none(statements: Statements) -> None:
    asked: list[object] = [1, True, 1.0]
    assert len({id(statements.count(SHELF, named(value)).statement) for value in asked}) == 3


def test_lists_of_any_length_share_a_statement(statements: Statements) -> None:
    one, other = (statements.count(SHELF, Among(NAME, names)) for names in (("a",), ("a", "b", "c")))
    assert one.statement is other.statement


def test_an_empty_list_is_a_question_of_its_own(statements: Statements) -> None:
    some, none = (statements.count(SHELF, Among(NAME, names)) for names in (("a",), ()))
    assert some.statement is not none.statement


@pytest.mark.parametrize("value", [2**70, [1], {"a": 1}])
def test_a_value_that_may_need_another_type_is_not_lifted(value: object) -> None:
    with pytest.raises(CannotBeParametrized):
        parametrized(named(value), {})


def test_mixed_values_are_not_lifted() -> None:
    with pytest.raises(CannotBeParametrized):
        parametrized(Among(NAME, (1, "a")), {})


@pytest.mark.parametrize("op", Matching)
def test_searches_for_any_text_share_a_statement(statements: Statements, op: Matching) -> None:
    one, other = (statements.count(SHELF, Match(op, NAME, Value(text))) for text in ("a", "%"))
    assert one.statement is other.statement
    assert one.values != other.values


def test_pages_of_any_size_and_place_share_a_statement(statements: Statements) -> None:
    """A client that asks for a page of every size would have filled the memory, and had each built and planned."""
    kept = {
        id(statements.read(Selection(SHELF, ("name",), limit=limit, offset=offset)).statement)
        for limit in range(30)
        for offset in range(30)
    }
    assert len(kept) == 1
    assert len(statements) == 1


def test_a_page_and_all_records_share_none(statements: Statements) -> None:
    cuts: list[dict[str, int]] = [{}, {"limit": 1}, {"offset": 1}, {"limit": 1, "offset": 1}]
    assert len({id(statements.read(Selection(SHELF, ("name",), **cut)).statement) for cut in cuts}) == 4  # type: ignore[arg-type]


def test_changes_by_an_expression_share_a_statement(statements: Statements) -> None:
    one, other = (
        statements.update(BOOK, named_title("x"), {"pages": Arithmetic(Operator.ADD, Ref("pages"), Value(by))})
        for by in (1, 2)
    )
    assert one.statement is other.statement


def test_changes_of_any_number_of_records_share_a_statement(statements: Statements) -> None:
    one, other = (
        statements.update_each(SHELF, {UUID(int=key): {"name": str(key)} for key in range(many)}, None)
        for many in (2, 7)
    )
    assert one.statement is other.statement


def test_an_identifier_that_came_as_text_is_sent_as_an_identifier(statements: Statements) -> None:
    text = "00000000-0000-0000-0000-000000000001"
    prepared = statements.count(SHELF, Compare(Comparison.EQ, Ref("id"), Value(text)))
    assert prepared.values == {}
    assert UUID(text) in params(prepared.statement).values()


def test_what_is_lifted_keeps_its_order() -> None:
    values: dict[str, object] = {}
    parametrized(every(named("a"), named("b")), values)
    assert [*values.values()] == ["a", "b"]


def test_only_so_many_statements_are_kept(statements: Statements) -> None:
    def asked(number: int) -> Selection:
        """Each number is a condition of another form."""
        ways = [Comparison.EQ if number >> bit & 1 else Comparison.NE for bit in range(SIZE.bit_length())]
        return Selection(SHELF, ("name",), every(*(Compare(way, NAME, Value("a")) for way in ways)))

    first = statements.read(asked(0)).statement
    for number in range(1, SIZE + 1):
        statements.read(asked(number))
    assert len(statements) == SIZE
    assert statements.read(asked(0)).statement is not first


def params(statement: object) -> Mapping[str, object]:
    """The values that a statement holds itself."""
    found: Mapping[str, object] = statement.compile().params  # type: ignore[attr-defined]  # any executable has it
    return found


def seen_as(title: str, pages: int | None = None) -> AccessScope:
    """Books of one title, and which of their numbers of pages may be read."""
    fields = {} if pages is None else {"Book": {"pages": Compare(Comparison.EQ, Ref("pages"), Value(pages))}}
    return AccessScope({"Book": named_title(title)}, fields)


TITLES = Selection(BOOK, ("title",), named_title("x"))
PAGES = Selection(BOOK, ("pages",), named_title("x"))


def test_whoever_may_see_as_much_but_for_values_shares_a_statement(statements: Statements) -> None:
    one, other = (statements.scoped(seen_as(title)).read(TITLES) for title in ("a", "b"))
    assert one.statement is other.statement
    assert [*one.values.values()] == ["x", "a"]
    assert [*other.values.values()] == ["x", "b"]


def test_whoever_may_see_another_part_shares_none(statements: Statements) -> None:
    scopes = [
        None,
        seen_as("a"),
        seen_as("a", 1),
        AccessScope({"Book": FALSE}, {}),
        AccessScope({"Book": Compare(Comparison.NE, Ref("title"), Value("a"))}, {}),
        AccessScope({}, {"Book": {"title": named_title("a")}}),
    ]
    asked = [statements.scoped(scope).read(PAGES) for scope in scopes for _ in range(2)]
    assert len({id(each.statement) for each in asked}) == len(scopes)
    assert all(asked[place].statement is asked[place + 1].statement for place in range(0, len(asked), 2))


def test_what_a_statement_does_not_name_makes_no_statement_of_its_own(statements: Statements) -> None:
    others = AccessScope(
        {"Book": named_title("a"), "Loan": FALSE}, {"Book": {"pages": FALSE}, "Shelf": {"name": FALSE}}
    )
    one, other = (statements.scoped(scope).read(TITLES) for scope in (seen_as("a"), others))
    assert one.statement is other.statement
    assert len(statements) == 1


def test_what_only_a_derived_value_names_is_part_of_the_shape(statements: Statements) -> None:
    asked = Selection(SHELF, ("page_total",))
    scopes = [seen_as("a"), seen_as("a", 1), AccessScope({}, {"Book": {"shelf_id": FALSE}})]
    assert len({str(statements.scoped(scope).read(asked).statement) for scope in scopes}) == len(scopes)


def test_a_scope_that_is_no_pattern_has_statements_of_its_own(statements: Statements) -> None:
    scope = AccessScope({"Book": Compare(Comparison.EQ, Ref("pages"), Value(2**70))}, {})
    one, other = (statements.scoped(scope).read(TITLES) for _ in range(2))
    assert one.statement is not other.statement
    assert "pages = " in str(one.statement)
    assert len(statements) == 0


def test_writes_through_another_scope_share_none(statements: Statements) -> None:
    rows: dict[Any, Row] = {UUID(int=key): {"title": str(key)} for key in range(2)}
    asks: list[Callable[[Statements], Prepared]] = [
        lambda it: it.update(BOOK, named_title("x"), {"pages": 1}),
        lambda it: it.update_each(BOOK, rows, None),
        lambda it: it.delete(BOOK, named_title("x")),
        lambda it: it.discard(BOOK, named_title("x")),
        lambda it: it.count_up_to(BOOK, None, 5),
        lambda it: it.expected(BOOK, None),
    ]
    for ask in asks:
        whole, one, other = (ask(statements.scoped(scope)) for scope in (None, seen_as("a"), seen_as("b")))
        assert one.statement is other.statement is not whole.statement
        assert one.values != other.values
