"""What is written in one go is what GraphQL would have written field by field."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from framework.actions.query import Query
from framework.graphql.build import Field, FieldResolution, fill, many, maybe, object_type, value_of
from framework.graphql.executor import LoadedExecutor
from framework.graphql.schema import DomainSchema, graphql_schema
from framework.testing.logged import logged
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY, Author, Book, Format, Note

DOCUMENTS = [
    "{ books { nodes { __typename id title copies rating price genre state createdAt tags extra worth } } }",
    "{ books { nodes { format { __typename pages binding weightInGrams } publishedOn readingTime meaning } } }",
    "{ books { totalCount edges { cursor node { t: title title author { name bookCount } editor { name } } } } }",
    "{ books { pageInfo { endCursor } nodes { a: notes(first: 1) { text } notes { stars book { title } } } } }",
    "{ authors { nodes { ...A ... on Author { books { title } } } } } fragment A on Author { name books { id } }",
    "{ books(first: 0) { nodes { title } } }",
    "{ author(id: null) { name } }",
    "{ books { nodes { title @skip(if: true) genre @include(if: true) } } }",
    "{ __schema { types { name } } books { __typename } }",
    'mutation { askLibrarian(title: "a") { shelf sure } forgetBook { errors { code } } }',
]


@pytest.fixture
async def api(serve: Serve) -> Api:
    api = serve(*LIBRARY)
    ann = await api.session.create(Author.enter, {"name": "Ann"})
    book = {
        "title": "One", "copies": 3, "rating": 1.5, "price": "9.90", "genre": "crime", "tags": ["x"], "extra": {"y": 1},
        "format": Format(pages=2), "published_on": "2026-01-01", "reading_time": "PT1H", "meaning": [1, 2],
    }  # fmt: skip
    first, _ = await api.session.create_all(
        Book.publish,
        [{**book, "author_id": ann["id"]}, {"title": "Two", "author_id": ann["id"], "editor_id": ann["id"]}],
    )
    await api.session.create_all(Note.write, [{"text": t, "book_id": first["id"]} for t in "ab"])
    return api


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_both_ways_give_the_same(api: Api, document: str) -> None:
    api.schema = graphql_schema(api.domain)
    quick = await api.answer(document)
    api.schema.execution_context_class = StrawberryGraphQLCoreExecutionContext
    slow = await api.answer(document)
    assert quick.data == slow.data
    assert list(map(str, quick.errors or ())) == list(map(str, slow.errors or ()))


async def test_what_is_loaded_is_not_resolved_field_by_field(api: Api) -> None:
    resolved: list[str] = []

    class Noting(LoadedExecutor):
        """Notes what is resolved in GraphQL's own way."""

        def execute_field(self, *given: Any) -> Any:
            resolved.append(given[2][0].node.name.value)
            return super().execute_field(*given)

    api.schema = graphql_schema(api.domain)
    api.schema.execution_context_class = Noting
    await api.ask("{ books { edges { node { __typename title author { name } notes(first: 1) { text } } } } }")
    assert resolved == ["books"]


class Size(Enum):
    """What there is."""

    SMALL = "small"


def serving(things: Any) -> DomainSchema:
    """A schema that answers with these things."""
    thing, query = object_type("Thing"), object_type("Query")
    size = strawberry.enum(Size, name="Size")
    fill(thing, [Field("name", str), Field("size", maybe(size)), Field("parts", many(thing), source="of")])
    fill(
        query, [Field("things", maybe(many(maybe(thing))), resolve=lambda *_: things, resolution=FieldResolution.SYNC)]
    )
    config = StrawberryConfig(auto_camel_case=False, default_resolver=value_of)
    return DomainSchema(query=query, config=config, execution_context_class=LoadedExecutor)


async def test_a_value_its_type_does_not_know_spoils_only_its_field() -> None:
    schema = serving([{"name": "a", "size": "huge"}, {"name": "b", "size": "small"}])
    with logged() as lines:
        result = await schema.execute("{ things { name size } }")
    assert result.data == {"things": [{"name": "a", "size": None}, {"name": "b", "size": "SMALL"}]}
    assert result.errors is not None
    (error,) = result.errors
    assert error.path == ["things", 0, "size"]
    assert error.extensions is not None
    assert error.extensions["code"] == "internal"
    assert "huge" not in error.message
    assert [entry["event"] for entry in lines] == ["unexpected error"]


@pytest.mark.parametrize(
    ("things", "path"),
    [
        ([{"name": "a", "of": [{"name": None}]}], ["things", 0, "parts", 0, "name"]),
        ([{"name": "a", "of": None}], ["things", 0, "parts"]),
        ([{"name": "a", "of": 5}], ["things", 0, "parts"]),
        ([{"name": "a", "of": [None]}], ["things", 0, "parts", 0]),
    ],
)
async def test_what_must_not_be_null_takes_what_it_is_in_with_it(things: Any, path: list[str | int]) -> None:
    with logged():
        result = await serving(things).execute("{ things { name parts { name } } }")
    assert result.data == {"things": [None]}
    assert [error.path for error in result.errors or ()] == [path]


async def test_a_value_that_was_not_loaded_is_our_mistake(api: Api) -> None:
    (book,) = await api.session.read(Book.browse, Query(limit=1).selecting("id"))
    with logged() as lines:
        result = await serving([book]).execute("{ things { name } }")
    assert result.data == {"things": [None]}
    assert "`Book.name` was not loaded" in str(lines[0]["exc_info"])
