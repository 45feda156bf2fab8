"""Selections as load trees: one statement a level, whatever aliases, fragments and directives do."""

from __future__ import annotations

from typing import Any

import pytest

from framework.actions.query import Query
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY, Author, Book, Note


@pytest.fixture
async def api(serve: Serve) -> Api:
    api = serve(*LIBRARY)
    ann, bob = await api.session.create_all(Author.enter, [{"name": "Ann"}, {"name": "Bob"}])
    books = await api.session.create_all(
        Book.publish,
        [
            {"title": "One", "author_id": ann["id"], "editor_id": bob["id"]},
            {"title": "Two", "author_id": ann["id"]},
            {"title": "Three", "author_id": bob["id"]},
        ],
    )
    notes = [
        {"text": f"{book['title']} {stars}", "stars": stars, "book_id": book["id"]}
        for book in books
        for stars in range(4)
    ]
    await api.session.create_all(Note.write, notes)
    return api


async def test_every_level_is_one_statement(api: Api) -> None:
    data = await api.ask("{ authors { nodes { name books { title notes(first: 1) { text book { title } } } } } }")
    assert api.layer.statements == ["read Author", "read Book", "read Note", "read Book"]
    assert data["authors"]["nodes"][1] == {
        "name": "Bob", "books": [{"title": "Three", "notes": [{"text": "Three 0", "book": {"title": "Three"}}]}]
    }  # fmt: skip


async def test_a_link_that_leads_nowhere_is_null(api: Api) -> None:
    data = await api.ask("{ books { nodes { editor { name } } } }")
    assert data["books"]["nodes"] == [{"editor": {"name": "Bob"}}, {"editor": None}, {"editor": None}]


async def test_a_list_takes_first_filter_and_sort_for_each_record(api: Api) -> None:
    data = await api.ask(
        "{ books { nodes { notes(first: 2, filter: {stars: {gt: 0}}, sort: {stars: DESC}) { stars } } } }"
    )
    assert data["books"]["nodes"] == [{"notes": [{"stars": 3}, {"stars": 2}]}] * 3
    assert api.layer.statements == ["read Book", "read Note"]


async def test_two_aliases_with_different_arguments_are_both_right(api: Api) -> None:
    data = await api.ask("""{ books(sort: {title: ASC}, first: 1) { nodes {
        best: notes(first: 1, sort: {stars: DESC}) { text }
        worst: notes(first: 1, sort: {stars: ASC}) { text stars }
        notes(filter: {stars: {in: [1, 2]}}) { stars }
    } } }""")
    assert data["books"]["nodes"] == [
        {"best": [{"text": "One 3"}], "worst": [{"text": "One 0", "stars": 0}], "notes": [{"stars": 1}, {"stars": 2}]}
    ]


async def test_a_link_below_two_aliases_is_loaded_for_the_arguments_of_each(api: Api) -> None:
    data = await api.ask("""{ books(sort: {title: ASC}, first: 1) { nodes {
        a: author { books(first: 1) { title } } b: author { books(first: 2) { title } }
    } } }""")
    assert data["books"]["nodes"] == [
        {"a": {"books": [{"title": "One"}]}, "b": {"books": [{"title": "One"}, {"title": "Two"}]}}
    ]


async def test_a_link_below_two_lists_with_equal_arguments_is_loaded_for_the_arguments_of_each(api: Api) -> None:
    data = await api.ask("""{ authors(sort: {name: DESC}) { nodes {
        a: books(first: 1) { x: notes(first: 1) { stars } y: notes(first: 2) { stars } }
        b: books(first: 1) { x: notes(first: 2) { stars } y: notes(first: 1) { text } }
    } } }""")
    bob = data["authors"]["nodes"][0]
    assert bob == {
        "a": [{"x": [{"stars": 0}], "y": [{"stars": 0}, {"stars": 1}]}],
        "b": [{"x": [{"stars": 0}, {"stars": 1}], "y": [{"text": "Three 0"}]}],
    }


async def test_a_link_of_nodes_and_of_edges_is_loaded_for_the_arguments_of_each(api: Api) -> None:
    data = await api.ask("""{ books(first: 1) {
        nodes { notes(first: 1) { stars } } edges { node { notes(first: 2) { stars } } }
    } }""")
    assert data["books"]["nodes"] == [{"notes": [{"stars": 0}]}]
    assert data["books"]["edges"] == [{"node": {"notes": [{"stars": 0}, {"stars": 1}]}}]


async def test_an_alias_may_be_the_name_of_another_value(api: Api) -> None:
    data = await api.ask("""{ books(first: 1) { nodes {
        title: notes(first: 1) { stars } author_id: title id: notes(first: 2) { stars } author { name }
    } } }""")
    assert data["books"]["nodes"] == [
        {
            "title": [{"stars": 0}],
            "author_id": "One",
            "id": [{"stars": 0}, {"stars": 1}],
            "author": {"name": "Ann"},
        }
    ]


async def test_fields_that_say_the_same_in_another_order_are_one(api: Api) -> None:
    data = await api.ask("""{ books(first: 1) { nodes {
        notes(filter: {stars: {ge: 1, le: 1}}) { text } notes(filter: {stars: {le: 1, ge: 1}}) { stars }
    } } }""")
    assert data["books"]["nodes"] == [{"notes": [{"text": "One 1", "stars": 1}]}]
    assert api.layer.statements == ["read Book", "read Note"]


async def test_each_set_of_arguments_costs_one_statement_for_all_records_together(api: Api) -> None:
    await api.ask("{ books { nodes { a: notes(first: 1) { text } b: notes(first: 2) { text } } } }")
    assert api.layer.statements == ["read Book", "read Note", "read Note"]


async def test_aliases_with_the_same_arguments_share_what_is_read(api: Api) -> None:
    data = await api.ask("{ books(first: 1) { nodes { a: notes(first: 1) { text } b: notes(first: 1) { stars } } } }")
    assert data["books"]["nodes"] == [{"a": [{"text": "One 0"}], "b": [{"stars": 0}]}]
    assert api.layer.statements == ["read Book", "read Note"]


async def test_an_alias_of_a_link_to_one_record_sees_all_that_is_selected(api: Api) -> None:
    data = await api.ask("{ books(first: 1) { nodes { by: author { name } author { bookCount } } } }")
    assert data["books"]["nodes"] == [{"by": {"name": "Ann"}, "author": {"bookCount": 2}}]


async def test_an_order_along_a_link_that_is_selected_too_is_read_once(api: Api) -> None:
    document = """{ books(sort: {author: {bookCount: DESC}}, first: 1) {
        nodes { title author { name } } pageInfo { endCursor } } }"""
    data = await api.ask(document)
    assert data["books"]["nodes"] == [{"title": "Two", "author": {"name": "Ann"}}]
    assert api.layer.statements == ["read Book", "read Author"]


async def test_fragments_are_opened(api: Api) -> None:
    data = await api.ask("""
        query { books(first: 1) {
            ...Page nodes { ... on Book { author { ...Who } } ... { notes(first: 1) { text } } } } }
        fragment Page on BookConnection { nodes { title } edges { node { author { bookCount } } } }
        fragment Who on Author { name ...More }
        fragment More on Author { books { title } }
    """)
    assert data["books"]["nodes"] == [
        {
            "title": "One",
            "author": {"name": "Ann", "books": [{"title": "One"}, {"title": "Two"}]},
            "notes": [{"text": "One 0"}],
        }
    ]
    assert data["books"]["edges"] == [{"node": {"author": {"bookCount": 2}}}]


@pytest.mark.parametrize("wanted", [True, False])
async def test_what_is_skipped_is_not_read(api: Api, wanted: Any) -> None:
    document = """query($wanted: Boolean!) { books(first: 1) { nodes {
        title notes(first: 1) @include(if: $wanted) { text } ... @skip(if: $wanted) { author { name } } } } }"""
    data = await api.ask(document, wanted=wanted)
    more = {"notes": [{"text": "One 0"}]} if wanted else {"author": {"name": "Ann"}}
    assert data["books"]["nodes"] == [{"title": "One", **more}]
    assert api.layer.statements == ["read Book", "read Note" if wanted else "read Author"]


async def test_a_variable_left_out_is_not_null(api: Api) -> None:
    document = """query($stars: Int, $text: String, $first: Int, $sort: [NoteSort!]) { books(first: 1) { nodes {
        notes(first: $first, filter: {stars: {eq: 3}, text: {eq: $text, ne: "x"}}, sort: $sort) { text }
        notNull: notes(filter: {stars: {ge: $stars}}, first: 2) { stars } } } }"""
    data = await api.ask(document)
    assert data["books"]["nodes"] == [{"notes": [{"text": "One 3"}], "notNull": [{"stars": 0}, {"stars": 1}]}]
    data = await api.ask(document, text="One 2", stars=2, first=1, sort={"stars": "DESC"})
    assert data["books"]["nodes"] == [{"notes": [], "notNull": [{"stars": 2}, {"stars": 3}]}]


async def test_one_record_is_loaded_like_many(api: Api) -> None:
    (book,) = await api.session.read(Book.browse, Query(limit=1))
    document = "query($id: ID!) { book(id: $id) { a: notes(first: 1) { text } b: notes(first: 2) { text } } }"
    data = await api.ask(document, id=str(book["id"]))
    assert data["book"] == {"a": [{"text": "One 0"}], "b": [{"text": "One 0"}, {"text": "One 1"}]}


async def test_a_list_longer_than_allowed_is_refused(api: Api) -> None:
    said = await api.refused("{ books { nodes { notes(first: 501) { text } } } }")
    assert said["message"] == "a list of Note holds 0 to 500 records, not 501"
    assert said["code"] == "bad_page_size"


async def test_a_bad_filter_of_a_list_names_its_place(api: Api) -> None:
    said = await api.refused('{ books { nodes { mine: notes(filter: {text: {contains: "\\u0000"}}) { text } } } }')
    assert said["code"] == "nul_character"
    assert said["path"] == ["mine", "filter", "text", "contains"]
