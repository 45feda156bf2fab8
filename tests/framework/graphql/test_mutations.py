"""Actions as mutations: payloads with errors as data, and functions."""

from __future__ import annotations

from typing import Any

import pytest

from framework.actions.query import Query
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY, Author, Book

PUBLISH = """mutation($input: PublishBookInput!) { publishBook(input: $input) {
    book { id title subtitle copies rating price genre format { pages binding weightInGrams } tags extra publishedOn
           readingTime meaning state createdAt author { name bookCount } }
    errors { code message path field params hint } } }"""
UNKNOWN = "019a0000-0000-7000-8000-000000000000"


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(*LIBRARY)


@pytest.fixture
async def author(api: Api) -> str:
    return str((await api.session.create(Author.enter, {"name": "Ann"}))["id"])


@pytest.fixture
async def book(api: Api, author: str) -> str:
    return str((await api.session.create(Book.publish, {"title": "One", "author_id": author, "genre": "crime"}))["id"])


async def test_a_create_gives_the_record_with_what_is_selected(api: Api, author: str) -> None:
    given = {
        "title": "One", "copies": 5_000_000_000, "rating": 1.5, "price": "12.50", "genre": "SCI_FI",
        "format": {"pages": 3, "binding": "HARD_COVER", "weightInGrams": "2.5"}, "tags": ["a", "b"],
        "extra": {"any": [1, None]}, "publishedOn": "2026-01-31", "readingTime": "PT1H30M", "meaning": [0.5, 1],
        "authorId": author,
    }  # fmt: skip
    payload = (await api.ask(PUBLISH, input=given))["publishBook"]
    assert payload["errors"] == []
    book = payload["book"]
    assert book.pop("id")[14] == "7"
    assert book.pop("createdAt").endswith("Z")
    # A number that 53 bits may not hold is a text.
    assert book == {
        **{name: value for name, value in given.items() if name != "authorId"},
        "copies": "5000000000",
        "format": {"pages": "3", "binding": "HARD_COVER", "weightInGrams": "2.5"},
        "subtitle": "none so far",
        "state": "DRAFT",
        "author": {"name": "Ann", "bookCount": 1},
    }


async def test_what_is_left_out_takes_its_default_and_null_is_null(api: Api, author: str) -> None:
    created = "mutation($input: PublishBookInput!) { publishBook(input: $input) { book { subtitle } errors { code } } }"
    left_out = await api.ask(created, input={"title": "One", "authorId": author})
    assert left_out["publishBook"]["book"] == {"subtitle": "none so far"}
    null = await api.ask(created, input={"title": "Two", "authorId": author, "subtitle": None})
    assert null["publishBook"]["book"] == {"subtitle": None}


async def test_what_is_wrong_with_the_input_is_data_and_changes_nothing(api: Api, author: str) -> None:
    given = {"title": "", "copies": -1, "format": {"pages": 0}, "authorId": author}
    payload = (await api.ask(PUBLISH, input=given))["publishBook"]
    assert payload["book"] is None
    assert {(error["code"], *error["path"]) for error in payload["errors"]} == {
        ("string_too_short", "title"),
        ("greater_than_equal", "copies"),
        ("greater_than_equal", "format", "pages"),
    }
    assert await api.session.read(Book.browse) == []


async def test_a_taken_name_is_a_conflict_in_the_payload(api: Api, author: str) -> None:
    payload = await api.ask(
        'mutation { enterAuthor(input: {name: "Ann"}) { author { id } errors { code path field message } } }'
    )
    assert payload["enterAuthor"] == {
        "author": None,
        "errors": [{"code": "taken", "path": ["name"], "field": "name", "message": "another author has this `name`"}],
    }


async def test_an_unknown_target_of_a_link_is_told_by_its_path(api: Api) -> None:
    payload = (await api.ask(PUBLISH, input={"title": "One", "authorId": UNKNOWN}))["publishBook"]
    assert payload["book"] is None
    assert payload["errors"][0]["path"] == ["authorId"]


async def test_an_update_leaves_alone_what_it_is_not_told(api: Api, book: str) -> None:
    correct = """mutation($id: ID!, $input: CorrectBookInput) {
        correctBook(id: $id, input: $input) { book { title subtitle genre } errors { code path } } }"""
    payload = await api.ask(correct, id=book, input={"subtitle": "new"})
    assert payload["correctBook"]["book"] == {"title": "One", "subtitle": "new", "genre": "CRIME"}
    payload = await api.ask(correct, id=book, input={"subtitle": None, "genre": None})
    assert payload["correctBook"]["book"] == {"title": "One", "subtitle": None, "genre": None}
    payload = await api.ask(correct, id=book)
    assert payload["correctBook"]["errors"] == []


async def test_a_required_value_cannot_be_made_null(api: Api, book: str) -> None:
    correct = "mutation($id: ID!) { correctBook(id: $id, input: {title: null}) { book { id } errors { path } } }"
    payload = await api.ask(correct, id=book)
    assert payload["correctBook"] == {"book": None, "errors": [{"path": ["title"]}]}


async def test_an_unknown_id_is_an_error_in_the_payload(api: Api) -> None:
    correct = 'mutation($id: ID!) { correctBook(id: $id, input: {title: "x"}) { book { id } errors { code } } }'
    payload = await api.ask(correct, id=UNKNOWN)
    assert payload["correctBook"] == {"book": None, "errors": [{"code": "not_found"}]}


async def test_a_move_that_the_state_forbids_is_a_conflict(api: Api, book: str) -> None:
    moves = """mutation($id: ID!) {
        early: sellBook(id: $id) { book { state } errors { code } }
        printBook(id: $id) { book { state } errors { code } }
        sellBook(id: $id) { book { state } errors { code } } }"""
    data = await api.ask(moves, id=book)
    assert data["early"]["book"] is None
    assert data["early"]["errors"] != []
    assert data["printBook"] == {"book": {"state": "PRINTED"}, "errors": []}
    assert data["sellBook"] == {"book": {"state": "SOLD"}, "errors": []}


async def test_a_destroy_gives_the_record_as_it_was(api: Api, book: str) -> None:
    pulp = """mutation($id: ID!) { pulpBook(id: $id) {
        book { title worth author { name } notes { text } } errors { code } } }"""
    data = await api.ask(pulp, id=book)
    assert data["pulpBook"] == {
        "book": {"title": "One", "worth": None, "author": {"name": "Ann"}, "notes": []}, "errors": []
    }  # fmt: skip
    assert (await api.ask(pulp, id=book))["pulpBook"] == {"book": None, "errors": [{"code": "not_found"}]}


async def test_many_are_made_at_once_or_none(api: Api, author: str) -> None:
    publish = """mutation($inputs: [PublishBookInput!]!) {
        publishBooks(inputs: $inputs) { books { title author { name } } errors { code path } } }"""
    inputs: list[dict[str, Any]] = [{"title": "One", "authorId": author}, {"title": "", "authorId": author}]
    failed = await api.ask(publish, inputs=inputs)
    assert failed["publishBooks"] == {"books": None, "errors": [{"code": "string_too_short", "path": ["1", "title"]}]}
    assert await api.session.read(Book.browse) == []
    made = await api.ask(publish, inputs=[inputs[0], {**inputs[1], "title": "Two"}])
    assert made["publishBooks"]["books"] == [{"title": t, "author": {"name": "Ann"}} for t in ("One", "Two")]


async def test_too_many_at_once_and_none_at_all_are_refused(api: Api, author: str) -> None:
    publish = (
        "mutation($inputs: [PublishBookInput!]!) { publishBooks(inputs: $inputs) { errors { code path params } } }"
    )
    data = await api.ask(publish, inputs=[{"title": "x", "authorId": author}] * 1001)
    said = {"code": "too_many_records", "path": ["inputs"], "params": {"maximum": 1000}}
    assert data["publishBooks"]["errors"] == [said]
    (error,) = (await api.ask(publish, inputs=[]))["publishBooks"]["errors"]
    assert (error["code"], error["path"]) == ("too_few_records", ["inputs"])


async def test_a_payload_may_be_read_with_aliases(api: Api, book: str) -> None:
    document = """mutation($id: ID!) { printBook(id: $id) {
        a: book { title } b: book { x: notes(first: 1) { text } y: notes { text } } } }"""
    assert (await api.ask(document, id=book))["printBook"] == {"a": {"title": "One"}, "b": {"x": [], "y": []}}


async def test_a_generic_action_gives_its_typed_result(api: Api, book: str) -> None:
    estimate = """mutation($id: ID!, $input: EstimateBookInput) {
        estimateBook(id: $id, input: $input) { result { price reasons shelf } errors { code path } } }"""
    data = await api.ask(estimate, id=book)
    assert data["estimateBook"] == {"result": {"price": "12", "reasons": ["paper"], "shelf": "FRONT"}, "errors": []}
    data = await api.ask(estimate, id=book, input={"bestCase": True})
    assert data["estimateBook"]["result"]["price"] == "9.50"
    data = await api.ask(estimate, id=UNKNOWN)
    assert data["estimateBook"] == {"result": None, "errors": [{"code": "not_found", "path": ["id"]}]}


async def test_an_action_that_returns_nothing_tells_its_errors_only(api: Api) -> None:
    assert await api.ask("mutation { forgetBook { errors { code } } }") == {"forgetBook": {"errors": []}}


async def test_an_action_called_as_a_function_gives_its_result_itself(api: Api) -> None:
    data = await api.ask('mutation { askLibrarian(title: "One", mood: BAD, bookFormat: {pages: 2}) { shelf sure } }')
    assert data == {"askLibrarian": {"shelf": "BACK", "sure": 0.5}}


async def test_a_failure_of_a_function_is_an_error_of_the_response(api: Api) -> None:
    said = await api.refused('mutation { askLibrarian(title: "unknown") { shelf } }')
    assert said == {
        "message": "nobody knows", "code": "nobody_knows", "path": ["title"], "field": "title", "hint": "ask elsewhere"
    }  # fmt: skip


async def test_a_write_is_seen_by_the_next_field(api: Api, author: str) -> None:
    await api.ask(PUBLISH, input={"title": "One", "authorId": author})
    assert len(await api.session.read(Book.browse, Query(limit=5))) == 1
