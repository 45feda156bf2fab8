"""Any record by its id alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY, Author, Book, Note

NODE = """query($id: ID!) { node(id: $id) { __typename id ...Any } }
    fragment Any on Node {
        ... on Author { name books { title } }
        ... on Book { title author { name } ...Notes }
    }
    fragment Notes on Book { a: notes(first: 1) { text } b: notes { text } }"""


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(*LIBRARY)


@pytest.fixture
async def book(api: Api) -> Any:
    author = await api.session.create(Author.enter, {"name": "Ann"})
    book = await api.session.create(Book.publish, {"title": "One", "author_id": author["id"]})
    await api.session.create_all(Note.write, [{"text": text, "book_id": book["id"]} for text in "ab"])
    return book


async def test_a_record_is_found_whatever_it_is(api: Api, book: Any) -> None:
    author, id_ = str(book["author_id"]), str(book["id"])
    found = (await api.ask(NODE, id=author))["node"]
    assert found == {"__typename": "Author", "id": author, "name": "Ann", "books": [{"title": "One"}]}
    found = (await api.ask(NODE, id=id_))["node"]
    assert found == {
        "__typename": "Book",
        "id": id_,
        "title": "One",
        "author": {"name": "Ann"},
        "a": [{"text": "a"}],
        "b": [{"text": "a"}, {"text": "b"}],
    }


async def test_only_what_is_selected_of_its_type_is_read(api: Api, book: Any) -> None:
    data = await api.ask("query($id: ID!) { node(id: $id) { ... on Author { name } ... on Note { book { id } } } }",
                         id=str(book["id"]))  # fmt: skip
    assert data == {"node": {}}
    assert api.layer.statements == ["read Author", "read Book"]


async def test_an_id_nobody_has_is_an_error(api: Api) -> None:
    said = await api.refused(NODE, id="019a0000-0000-7000-8000-000000000000")
    assert said["code"] == "not_found"
    assert said["message"] == "there is no record with id 019a0000-0000-7000-8000-000000000000"


async def test_a_type_condition_may_be_the_interface_elsewhere_too(api: Api, book: Any) -> None:
    data = await api.ask("{ books { nodes { ... on Node { id } title } } }")
    assert data["books"]["nodes"] == [{"id": str(book["id"]), "title": "One"}]
