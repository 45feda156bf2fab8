"""Errors of a response: typed where they are a client's, masked where they are ours."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from framework.actions.request import Call
from framework.actions.session import Session
from framework.declare.actions import Action, Create, Read, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import Failure, Invalid
from framework.spec.action import Scope
from framework.testing.logged import logged
from tests.framework.graphql.conftest import Api, CountingReads, Serve
from tests.framework.graphql.library import LIBRARY


class Setup(BaseModel):
    """How a page is laid out."""

    top_margin: Annotated[int, Field(ge=0)] = 0


class Form(Resource):
    """Something to be filled in."""

    id: Attr[UUID] = primary_key()
    free_form: Attr[dict[str, Any]] = attribute(default_factory=dict)
    page_setup: Attr[Setup] = attribute(default_factory=Setup)
    due_on: Attr[date | None] = attribute(default=None)

    browse = Read()
    fill = Create(accept=[free_form, page_setup, due_on])
    check = Action(
        verb("tests.framework.graphql.test_failures:check"),
        scope=Scope.RESOURCE,
        arguments={"free_form": argument(dict[str, Any])},
    )


async def check(calls: list[Call], session: Session) -> list[Failure]:
    """Looks for a name that a program has given itself."""
    says = "there is no `customerName` in `free_form`, did you mean `customer_name`?"
    return [Invalid(says, path=("free_form", "customer_name")) for _ in calls]


UNKNOWN = "019a0000-0000-7000-8000-000000000000"


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(*LIBRARY)


async def test_what_we_did_not_expect_is_masked_with_an_id(api: Api) -> None:
    with logged() as lines:
        said = await api.refused('mutation { askLibrarian(title: "secret") { shelf } }')
    (entry,) = [entry for entry in lines if entry["event"] == "unexpected error"]
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
        ({"id": {"is": "hunter2"}}, "ID cannot represent value"),
        ({"id": 5.5}, "ID cannot represent value"),
        ({}, "Expected a value of non-null type 'ID!' to be provided"),
    ],
)
async def test_a_variable_of_the_wrong_type_is_told_plainly(
    api: Api, variables: dict[str, object], message: str
) -> None:
    said = await api.refused("query($id: ID!) { book(id: $id) { title } }", **variables)
    assert said["code"] == "bad_query"
    assert message in said["message"]
    assert "Traceback" not in said["message"]


@pytest.mark.parametrize("value", ["nonsense", 5])
async def test_an_id_that_is_none_is_told_where_it_stands_as_rest_tells_it(api: Api, value: object) -> None:
    said = await api.refused("query($id: ID!) { book(id: $id) { title } }", id=value)
    assert (said["code"], said["path"]) == ("uuid_parsing", ["id"])
    document = "query($id: ID!) { books(filter: {authorId: {in: [$id]}}) { totalCount } }"
    said = await api.refused(document, id=value)
    assert (said["code"], said["path"][:3]) == ("uuid_parsing", ["filter", "authorId", "in"])
    publish = """mutation($id: ID!) { publishBook(input: {title: "a", authorId: $id}) { errors { code path } } }"""
    told = (await api.ask(publish, id=value))["publishBook"]["errors"]
    assert told == [{"code": "uuid_parsing", "path": ["authorId"]}]


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("BigInt", 2**63, "BigInt holds 64 bits"),
        ("BigInt", True, "BigInt is a whole number"),
        ("BigInt", str(2**63), "BigInt holds 64 bits"),
        ("BigInt", "ten", "BigInt is a whole number"),
        ("BigInt", "1_000", "BigInt is a whole number"),
        ("BigInt", " 7 ", "BigInt is a whole number"),
        ("BigInt", "\u0663", "BigInt is a whole number"),
        ("BigInt", "+7", "BigInt is a whole number"),
        ("BigInt", 5.5, "BigInt is a whole number"),
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


async def test_more_records_than_an_int_holds_are_told_as_such(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def count(*_: object) -> int:
        return 2**31

    monkeypatch.setattr(CountingReads, "count", count)
    said = await api.refused("{ books { exactTotalCount } }")
    assert (said["code"], said["hint"]) == ("out_of_range", "ask for it by REST")


@pytest.mark.parametrize("value", [5, 5.0, "5", "-5", 2**63 - 1, str(-(2**63))])
async def test_a_big_int_is_a_number_or_its_digits(api: Api, value: object) -> None:
    document = "query($v: BigInt) { books(filter: {copies: {eq: $v}}) { totalCount } }"
    assert await api.ask(document, v=value) == {"books": {"totalCount": 0}}


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


async def test_what_a_client_wrote_inside_json_is_named_as_it_wrote_it(serve: Serve) -> None:
    api = serve(Form)
    fill = "mutation($input: FillFormInput!) { fillForm(input: $input) { errors { code path field message hint } } }"
    inputs: dict[str, Any] = {"pageSetup": {"topMargin": -1}, "freeForm": {"customer_name": "\u0000", "__proto__": {}}}
    told = {tuple(error["path"]): error for error in (await api.ask(fill, input=inputs))["fillForm"]["errors"]}
    assert set(told) == {("pageSetup", "topMargin"), ("freeForm", "customer_name")}
    assert told["freeForm", "customer_name"]["field"] == "customer_name"
    ask = "mutation($input: CheckFormInput!) { checkForm(input: $input) { errors { path message } } }"
    answers = {"freeForm": {"customerName": "x"}}
    (error,) = (await api.ask(ask, input=answers))["checkForm"]["errors"]
    assert error == {
        "path": ["freeForm", "customer_name"],
        "message": "there is no `customerName` in `freeForm`, did you mean `customer_name`?",
    }


async def test_messages_and_hints_name_things_as_graphql_does(serve: Serve) -> None:
    api = serve(Form)
    said = await api.refused("{ forms(filter: {freeForm: null}) { totalCount } }")
    assert said["path"] == ["filter", "freeForm"]
    assert said["message"] == "`freeForm` takes an operator and a value"
    assert said["hint"] == 'write {"freeForm": {"eq": …}}'
    said = await api.refused('{ forms(filter: {freeForm: {eq: {snake_case: "\\u0000"}}}) { totalCount } }')
    assert said["path"] == ["filter", "freeForm", "eq", "snake_case"]
    said = await api.refused("{ forms(sort: [{dueOn: ASC}, {dueOn: DESC}]) { totalCount } }")
    assert said["message"] == "`dueOn` is sorted by twice"


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("first: 501", ["first"]),
        ("last: 501", ["last"]),
        ("first: -1", ["first"]),
        ("last: -1", ["last"]),
        ('after: "x"', ["after"]),
    ],
)
async def test_a_page_that_cannot_be_is_told_by_its_argument_and_takes_nothing_else_with_it(
    api: Api, page: str, path: list[str]
) -> None:
    result = await api.answer(f"{{ good: books {{ totalCount }} bad: books({page}) {{ nodes {{ id }} }} }}")
    assert result.data == {"good": {"totalCount": 0}, "bad": None}
    (error,) = result.errors
    assert (error.path, error.extensions["path"]) == (["bad"], path)


async def test_a_bad_cursor_is_refused_where_only_the_total_is_asked_for(api: Api) -> None:
    assert (await api.refused('{ books(after: "x") { totalCount } }'))["code"] == "bad_cursor"
