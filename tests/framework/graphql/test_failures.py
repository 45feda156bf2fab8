"""Errors of a response: typed where they are a client's, masked where they are ours."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY

UNKNOWN = "019a0000-0000-7000-8000-000000000000"


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(*LIBRARY)


async def test_what_we_did_not_expect_is_masked_with_an_id(api: Api) -> None:
    with capture_logs() as logged:
        said = await api.refused('mutation { askLibrarian(title: "secret") { shelf } }')
    (entry,) = [entry for entry in logged if entry["event"] == "unexpected error"]
    assert str(entry["exc_info"]) == "the password is hunter2"
    assert entry["error_id"] == said["params"]["error_id"]
    assert "hunter2" not in str(said)
    assert said["code"] == "internal"
    assert said["message"] == f"something went wrong on our side; it is logged as {said['params']['error_id']}"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ books {", "Syntax Error: Expected Name, found <EOF>."),
        ("{ books { nodes { titel } } }", "Cannot query field 'titel' on type 'Book'. Did you mean 'title'"),
        ("{ authors { nodes { secret } } }", "Cannot query field 'secret' on type 'Author'."),
        (
            '{ authors(filter: {secret: {eq: "x"}}) { nodes { name } } }',
            "Expected value of type 'AuthorFilter' not to include unknown field 'secret'",
        ),
        (
            "{ books(sort: {format: ASC}) { nodes { title } } }",
            "Expected value of type 'BookSort' not to include unknown field 'format'",
        ),
    ],
)
async def test_a_mistake_in_the_document_is_told_in_graphql_s_words(api: Api, document: str, message: str) -> None:
    said = await api.refused(document)
    assert said["code"] == "bad_query"
    assert said["message"].startswith(message)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"id": "nonsense"}, "not a UUID"),
        ({"id": 5}, "UUID is written as a string"),
        ({}, "Expected a value of non-null type 'UUID!' to be provided"),
    ],
)
async def test_a_variable_of_the_wrong_type_is_told_plainly(
    api: Api, variables: dict[str, object], message: str
) -> None:
    said = await api.refused("query($id: UUID!) { book(id: $id) { title } }", **variables)
    assert said["code"] == "bad_query"
    assert message in said["message"]
    assert "Traceback" not in said["message"]


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("BigInt", 2**63, "BigInt holds 64 bits"),
        ("BigInt", True, "BigInt is a whole number"),
        ("BigInt", "ten", "BigInt is a whole number"),
        ("DateTime", "2026-01-01T00:00:00", "not a DateTime"),
        ("Date", "yesterday", "not a Date"),
        ("Decimal", "ten", "not a Decimal"),
        ("Duration", "an hour", "not a Duration"),
    ],
)
async def test_a_scalar_refuses_what_it_is_not(api: Api, kind: str, value: object, message: str) -> None:
    field = {
        "BigInt": "copies",
        "DateTime": "createdAt",
        "Date": "publishedOn",
        "Decimal": "price",
        "Duration": "readingTime",
    }[kind]
    document = f"query($v: {kind}) {{ books(filter: {{{field}: {{eq: $v}}}}) {{ totalCount }} }}"
    said = await api.refused(document, v=value)
    assert said["code"] == "bad_query"
    assert message in said["message"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"titel": "hunter2"}, "to include required field 'title'"),
        ({"title": "a", "authorId": UNKNOWN, "titel": "hunter2"}, "unknown field 'titel'. Did you mean 'title'?"),
        ({"title": ["hunter2"], "authorId": UNKNOWN}, "at .title: String cannot represent a non string value"),
        ({"title": "a", "authorId": UNKNOWN, "format": "hunter2"}, "'FormatInput' to be an object"),
    ],
)
async def test_an_input_that_is_refused_is_not_repeated(api: Api, given: dict[str, object], message: str) -> None:
    document = "mutation($input: PublishBookInput!) { publishBook(input: $input) { errors { code } } }"
    result = await api.answer(document, input=given)
    assert message in [error.message[-len(message) :] for error in result.errors]
    assert "hunter2" not in str(result.errors)


async def test_several_issues_are_several_errors(api: Api) -> None:
    document = '{ books(filter: {title: {contains: "\\u0000"}, subtitle: {contains: "\\u0000"}}) { totalCount } }'
    result = await api.answer(document)
    assert [error.extensions["path"][1] for error in result.errors] == ["title", "subtitle"]
    assert {tuple(error.path) for error in result.errors} == {("books",)}


async def test_one_document_may_be_asked_with_many_variables(api: Api) -> None:
    document = "query($first: Int) { books(first: $first) { totalCount nodes { title } } }"
    assert await api.ask(document, first=1) == {"books": {"totalCount": 0, "nodes": []}}
    assert (await api.refused(document, first=-1))["code"] == "bad_page_size"
    assert (await api.refused(document, first="x"))["code"] == "bad_query"
    assert await api.ask(document, first=2) == {"books": {"totalCount": 0, "nodes": []}}


async def test_a_very_long_document_is_read_all_the_same(api: Api) -> None:
    for _ in range(2):
        assert await api.ask("{ books { totalCount } }" + " " * 30_000) == {"books": {"totalCount": 0}}


async def test_the_same_wrong_document_gets_the_same_answer_twice(api: Api) -> None:
    first = await api.refused("{ nothing }")
    assert await api.refused("{ nothing }") == first


async def test_of_several_operations_one_is_named(api: Api) -> None:
    document = "query A { books { totalCount } } query B { authors { totalCount } }"
    said = await api.refused(document)
    assert said["message"] == "the document holds several operations: name one by `operationName`"
    assert said["code"] == "bad_query"
    result = await api.schema.execute(document, operation_name="B", context_value=api.context)
    assert result.data == {"authors": {"totalCount": 0}}
