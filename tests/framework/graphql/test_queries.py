"""Reads: one record, connections, filters, sorts, pages."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from framework.actions.query import Query
from framework.declare.actions import Create, Read, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.expr.build import argument_value
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY, Author, Book, State

TITLES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]


@pytest.fixture
async def api(serve: Serve) -> Api:
    api = serve(*LIBRARY)
    ann, bob = await api.session.create_all(Author.enter, [{"name": "Ann"}, {"name": "Bob"}])
    genres = ["crime", "sci-fi", "crime", None, "sci-fi"]
    books = [
        {"title": title, "rating": float(place), "genre": genre, "author_id": (ann if place % 2 else bob)["id"]}
        for place, (title, genre) in enumerate(zip(TITLES, genres, strict=True))
    ]
    await api.session.create_all(Book.publish, books)
    return api


def titles(connection: Any) -> list[str]:
    return [node["title"] for node in connection["nodes"]]


async def test_a_record_is_found_by_its_id(api: Api) -> None:
    (book,) = await api.session.read(Book.browse, Query(limit=1))
    data = await api.ask("query($id: ID!) { book(id: $id) { id title state author { name } } }", id=str(book["id"]))
    assert data == {"book": {"id": str(book["id"]), "title": "Alpha", "state": "DRAFT", "author": {"name": "Bob"}}}


async def test_an_unknown_id_is_null_and_an_error(api: Api) -> None:
    unknown = "019a0000-0000-7000-8000-000000000000"
    result = await api.answer("query($id: ID!) { book(id: $id) { title } }", id=unknown)
    assert result.data == {"book": None}
    (error,) = result.errors
    assert error.message == f"there is no Book with id {unknown}"
    assert error.path == ["book"]
    assert error.extensions == {"code": "not_found", "path": ["id"], "field": "id", "params": {"id": unknown}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('{title: {ilike: "%ALPHA%"}}', ["Alpha"]),
        ("{genre: {eq: SCI_FI}}", ["Beta", "Epsilon"]),
        ("{genre: {in: [CRIME, SCI_FI]}}", ["Alpha", "Beta", "Gamma", "Epsilon"]),
        ("{genre: {isNull: true}}", ["Delta"]),
        ("{state: {ne: DRAFT}}", []),
        ("{rating: {gt: 1, le: 3}}", ["Gamma", "Delta"]),
        ('{author: {name: {eq: "Ann"}}}', ["Beta", "Delta"]),
        ("{author: {books: {some: {rating: {ge: 4}}}}}", ["Alpha", "Gamma", "Epsilon"]),
        ("{author: {books: {every: {rating: {lt: 4}}}}}", ["Beta", "Delta"]),
        ("{notes: {none: {}}}", TITLES),
        ('{or: [{title: {eq: "Beta"}}, {not: {rating: {lt: 4}}}]}', ["Beta", "Epsilon"]),
        ('{and: [{rating: {gt: 0}}, {title: {startsWith: "G"}}]}', ["Gamma"]),
        ("{worth: {eq: 4}}", ["Gamma"]),
    ],
)
async def test_a_filter_selects(api: Api, condition: str, expected: list[str]) -> None:
    data = await api.ask(f"{{ books(filter: {condition}) {{ nodes {{ title }} }} }}")
    assert titles(data["books"]) == expected


async def test_a_filter_may_come_as_a_variable(api: Api) -> None:
    document = "query($filter: BookFilter) { books(filter: $filter) { nodes { title } } }"
    data = await api.ask(document, filter={"genre": {"in": ["SCI_FI"]}, "author": {"name": {"ilike": "b%"}}})
    assert titles(data["books"]) == ["Epsilon"]


async def test_the_order_may_follow_links(api: Api) -> None:
    data = await api.ask("{ books(sort: [{author: {name: DESC}}, {rating: DESC}]) { nodes { title } } }")
    assert titles(data["books"]) == ["Epsilon", "Gamma", "Alpha", "Delta", "Beta"]


async def test_a_sort_says_one_field_at_a_time(api: Api) -> None:
    said = await api.refused("{ books(sort: [{title: ASC, rating: DESC}]) { nodes { title } } }")
    assert said == {
        "message": "each sort says exactly one field",
        "code": "one_field",
        "path": ["sort", "0"],
        "field": "sort",
        "hint": "write one object each",
    }


async def test_pages_go_on_after_a_cursor_and_back_before_one(api: Api) -> None:
    page = """query($first: Int, $after: String, $last: Int, $before: String) {
        books(first: $first, after: $after, last: $last, before: $before, sort: {title: ASC}) {
            edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = (await api.ask(page, first=2))["books"]
    assert [edge["node"]["title"] for edge in first["edges"]] == ["Alpha", "Beta"]
    assert first["pageInfo"]["hasNextPage"]
    assert not first["pageInfo"]["hasPreviousPage"]
    assert first["pageInfo"]["endCursor"] == first["edges"][-1]["cursor"]
    second = (await api.ask(page, first=2, after=first["pageInfo"]["endCursor"]))["books"]
    assert [edge["node"]["title"] for edge in second["edges"]] == ["Delta", "Epsilon"]
    assert second["pageInfo"]["hasPreviousPage"]
    back = (await api.ask(page, last=1, before=second["pageInfo"]["startCursor"]))["books"]
    assert [edge["node"]["title"] for edge in back["edges"]] == ["Beta"]
    assert back["pageInfo"]["hasPreviousPage"]


async def test_an_order_by_the_key_itself_has_cursors_too(api: Api) -> None:
    document = """query($after: String) {
        books(first: 2, after: $after, sort: {id: DESC}) { nodes { title } pageInfo { endCursor } } }"""
    first = (await api.ask(document))["books"]
    second = (await api.ask(document, after=first["pageInfo"]["endCursor"]))["books"]
    assert titles(first) + titles(second) == ["Epsilon", "Delta", "Gamma", "Beta"]


async def test_a_total_is_looked_for_only_when_asked_for(api: Api) -> None:
    data = await api.ask("{ books(first: 1, filter: {rating: {gt: 1}}) { totalCount nodes { title } } }")
    assert data["books"]["totalCount"] == 3
    assert api.layer.statements == ["read Book", "estimate Book"]
    await api.ask("{ books(first: 1) { nodes { title } } }")
    assert api.layer.statements == ["read Book"]
    await api.ask("{ books { totalCount totalCountIsExact } }")
    assert api.layer.statements == ["estimate Book"]


async def test_a_total_is_counted_one_by_one_where_that_is_asked_for(api: Api) -> None:
    both = await api.ask("{ books(first: 0) { exactTotalCount totalCount totalCountIsExact } }")
    assert both["books"]["exactTotalCount"] == both["books"]["totalCount"]
    assert both["books"]["totalCountIsExact"]
    await api.ask("{ books { exactTotalCount } }")
    assert api.layer.statements == ["count Book"]


async def test_a_read_with_offsets_takes_an_offset(api: Api) -> None:
    data = await api.ask("{ authors(first: 1, offset: 1, sort: {name: ASC}) { nodes { name bookCount } } }")
    assert data["authors"]["nodes"] == [{"name": "Bob", "bookCount": 3}]


async def test_further_reads_are_fields_of_their_own(api: Api) -> None:
    data = await api.ask("{ byRatingBooks(atLeast: 1.5) { totalCount } }")
    assert data["byRatingBooks"]["totalCount"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        ("first: 501", "bad_page_size", ["first"]),
        ("last: 501", "bad_page_size", ["last"]),
        ("first: -1", "bad_page_size", ["first"]),
        ("first: 1, last: 1", "bad_page", ["last"]),
        ('after: "nonsense"', "bad_cursor", ["after"]),
        ('before: "WyJh"', "bad_cursor", ["before"]),
        ('filter: {id: {eq: "019a0000-0000-7000-8000-000000000000"}, title: {contains: "\\u0000"}}', "nul_character",
         ["filter", "title", "contains"]),
    ],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_refused(api: Api, arguments: str, code: str, path: list[str]) -> None:
    said = await api.refused(f"{{ books({arguments}) {{ nodes {{ title }} }} }}")
    assert (said["code"], said["path"]) == (code, path)


async def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    first = await api.ask("{ books(first: 1, sort: {title: ASC}) { pageInfo { endCursor } } }")
    cursor = first["books"]["pageInfo"]["endCursor"]
    said = await api.refused(
        "query($c: String) { books(after: $c, sort: {rating: ASC}) { nodes { title } } }", c=cursor
    )
    assert said["code"] == "bad_cursor"


class Rack(Resource):
    """Where things lie, found by what is on it."""

    id: Attr[UUID] = primary_key()
    label: Attr[str] = attribute()
    levels: Attr[list[State]] = attribute(default_factory=list)
    days: Attr[list[date]] = attribute(default_factory=list)

    search = Read(arguments={"q": argument(str)}, where=label == argument_value("q"))
    browse = Read(arguments={"q": argument(str | None)})
    put = Create(accept=[label, levels, days])


async def test_a_record_is_found_by_its_id_though_the_first_read_needs_an_argument(serve: Serve) -> None:
    api = serve(Rack)
    rack = await api.session.create(Rack.put, {"label": "a"})
    document = "query($id: ID!) { rack(id: $id) { label } node(id: $id) { id } racks { totalCount } }"
    data = await api.ask(document, id=str(rack.id))
    assert data == {"rack": {"label": "a"}, "node": {"id": str(rack.id)}, "racks": {"totalCount": 1}}
    assert (await api.ask('{ searchRacks(q: "b") { totalCount } }'))["searchRacks"] == {"totalCount": 0}
    assert (await api.session.get(Rack, rack.id)).label == "a"


async def test_a_list_is_compared_with_a_list_of_what_it_holds(serve: Serve) -> None:
    api = serve(Rack)
    put = """mutation { putRack(input: {label: "a", levels: [DRAFT, SOLD], days: ["2026-01-01"]}) {
        rack { levels } errors { code } } }"""
    assert (await api.ask(put))["putRack"] == {"rack": {"levels": ["DRAFT", "SOLD"]}, "errors": []}
    document = """query($levels: [State!]) {
        a: racks(filter: {levels: {eq: $levels}}) { totalCount }
        b: racks(filter: {levels: {eq: [DRAFT, SOLD]}, days: {eq: "2026-01-01"}}) { totalCount }
        c: racks(filter: {levels: {eq: []}}) { totalCount } }"""
    data = await api.ask(document, levels=["DRAFT", "SOLD"])
    assert [data[name]["totalCount"] for name in "abc"] == [1, 1, 0]
    assert (await api.refused('{ racks(filter: {levels: {eq: ["draft"]}}) { totalCount } }'))["code"] == "bad_query"


async def test_after_a_page_of_nothing_there_is_nothing_to_go_on_from(serve: Serve) -> None:
    api = serve(Rack)
    await api.session.create(Rack.put, {"label": "a"})
    data = await api.ask("{ racks(first: 0) { nodes { id } pageInfo { hasNextPage endCursor } } }")
    assert data["racks"] == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
