"""Events as streams, with cursors to resume after."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from graphql.execution.collect_fields import FieldDetails

from framework.context import Actor, Context
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.events.log import NewEvent
from framework.events.log_position import LogPosition
from framework.expr.build import actor
from framework.testing.until import until
from tests.framework.graphql.conftest import Api, Serve
from tests.framework.graphql.library import LIBRARY, Author, Book

START = str(LogPosition())


class Page(Resource):
    """A page of a diary; only what was published is read by others."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    published: Attr[bool] = attribute(default=False)
    browse = Read(where=published)
    write = Create(accept=[text, published])


class Letter(Resource):
    """A letter; only whom it is to reads it."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    to: Attr[str] = attribute()
    browse = Read(where=to == actor("name"))
    write = Create(accept=[text, to])


CHANGED = """subscription($id: ID, $filter: BookFilter, $after: String) {
    bookChanged(id: $id, filter: $filter, after: $after) { cursor action id book { title author { name } } } }"""
PROGRESS = """subscription($id: ID!, $after: String) {
    bookProgress(id: $id, after: $after) { cursor at progress { done of lastSheet } } }"""


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(*LIBRARY)


@pytest.fixture
async def book(api: Api) -> Any:
    author = await api.session.create(Author.enter, {"name": "Ann"})
    return await api.session.create(Book.publish, {"title": "One", "author_id": author["id"]})


async def take(api: Api, operation: str, number: int, **variables: Any) -> list[Any]:
    """The first items of a subscription."""
    found: list[Any] = []
    async with aclosing(await api.follow(operation, **variables)) as results:
        async for result in results:
            assert result.errors is None, result.errors
            (item,) = result.data.values()
            found.append(item)
            if len(found) == number:
                break
    return found


async def the_one_error(results: AsyncIterator[Any]) -> dict[str, Any]:
    (result,) = [result async for result in results]
    (error,) = result.errors
    return {"message": error.message, **error.extensions}


async def report(api: Api, book: Any, done: int) -> None:
    """What the job of a book reports."""
    data = {"done": done, "of": 3, "last_sheet": None}
    async with api.session.transaction() as inner:
        await api.log.write([NewEvent("book.press.progress", "Book", str(book["id"]), data)], inner)


async def end(api: Api, book: Any, data: dict[str, Any]) -> None:
    """How the job of a book ends."""
    async with api.session.transaction() as inner:
        await api.log.write([NewEvent("book.press.ended", "Book", str(book["id"]), data)], inner)


async def test_every_change_is_told_with_the_record(api: Api, book: Any) -> None:
    await api.session.update(Book.correct, book["id"], {"title": "Two"})
    items = await take(api, CHANGED, 2, after=START)
    assert [item["action"] for item in items] == ["publish", "correct"]
    assert items[1]["id"] == str(book["id"])
    assert items[1]["book"] == {"title": "Two", "author": {"name": "Ann"}}


async def test_a_subscriber_resumes_after_its_cursor(api: Api, book: Any) -> None:
    (first,) = await take(api, CHANGED, 1, after=START)
    await api.session.update(Book.print, book["id"])
    await api.session.update(Book.sell, book["id"])
    rest = await take(api, CHANGED, 2, after=first["cursor"])
    assert [item["action"] for item in rest] == ["print", "sell"]


async def test_what_happens_later_arrives(api: Api, book: Any) -> None:
    async with aclosing(await api.follow(CHANGED, after=START)) as results:
        assert (await anext(results)).data["bookChanged"]["action"] == "publish"
        await api.session.update(Book.print, book["id"])
        assert (await anext(results)).data["bookChanged"]["action"] == "print"


async def test_what_many_want_of_a_change_is_read_once(api: Api, book: Any) -> None:
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(aclosing(await api.follow(CHANGED))) for _ in range(3)]
        waiting = [asyncio.ensure_future(anext(each)) for each in many]
        await until(lambda: api.feed.listeners == len(many))
        api.layer.statements.clear()
        await api.session.update(Book.print, book["id"])
        told = [(await each).data["bookChanged"] for each in waiting]
    assert [item["action"] for item in told] == ["print"] * len(many)
    assert [each for each in api.layer.statements if each in ("read Book", "read Author")] == [
        "read Book",
        "read Author",
    ]


async def test_what_one_may_read_is_not_shared_with_another(serve: Serve) -> None:
    diary = serve(Letter)
    document = "subscription { letterChanged { letter { text } } }"
    async with AsyncExitStack() as stack:
        waiting = []
        for name in ("ann", "bob"):
            context = Context(Actor("user", name, {"name": name}))
            reader = replace(diary, session=replace(diary.session, context=context))  # type: ignore[type-var]  # live
            results = await stack.enter_async_context(aclosing(await reader.follow(document)))
            waiting.append(asyncio.ensure_future(anext(results)))
        await until(lambda: diary.feed.listeners == len(waiting))
        texts = [{"text": "hello", "to": "bob"}, {"text": "dear", "to": "ann"}]
        await diary.session.create_all(Letter.write, texts)
        told = [(await each).data["letterChanged"]["letter"]["text"] for each in waiting]
    assert told == ["dear", "hello"]


@pytest.mark.usefixtures("small_heap")
async def test_a_subscription_holds_no_more_with_each_event(api: Api, book: Any) -> None:
    async def selected(events: int) -> int:
        for number in range(events):
            await api.session.update(Book.correct, book["id"], {"title": str(number)})
            await anext(results)
        # What others have let go of is none of it.
        gc.collect()
        return sum(isinstance(each, FieldDetails) for each in gc.get_objects())

    async with aclosing(await api.follow(CHANGED, after=START)) as results:
        await anext(results)
        few = await selected(2)
        assert await selected(10) <= few


async def test_one_record_may_be_followed(api: Api, book: Any) -> None:
    other = await api.session.create(Book.publish, {"title": "Other", "author_id": book["author_id"]})
    await api.session.update(Book.print, other["id"])
    items = await take(api, CHANGED, 2, after=START, id=str(other["id"]))
    assert [(item["action"], item["id"]) for item in items] == [
        ("publish", str(other["id"])),
        ("print", str(other["id"])),
    ]


async def test_a_filter_tells_of_records_that_satisfy_it(api: Api, book: Any) -> None:
    await api.session.create(Book.publish, {"title": "Other", "author_id": book["author_id"]})
    await api.session.update(Book.print, book["id"])
    items = await take(api, CHANGED, 2, after=START, filter={"title": {"eq": "One"}})
    assert [item["action"] for item in items] == ["publish", "print"]


async def test_nothing_is_told_of_a_record_that_is_hidden(serve: Serve) -> None:
    diary = serve(Page)
    await diary.session.create(Page.write, {"text": "a secret"})
    shown = await diary.session.create(Page.write, {"text": "hello", "published": True})
    document = "subscription($after: String) { pageChanged(after: $after) { id page { text } } }"
    assert await take(diary, document, 1, after=START) == [{"id": str(shown["id"]), "page": {"text": "hello"}}]


async def test_the_end_of_a_record_is_told_without_it(api: Api, book: Any) -> None:
    await api.session.destroy(Book.pulp, book["id"])
    _, last = await take(api, CHANGED, 2, after=START)
    assert last["action"] == "pulp"
    assert last["id"] == str(book["id"])
    assert last["book"] is None


async def test_progress_is_typed(api: Api, book: Any) -> None:
    await report(api, book, 1)
    await report(api, book, 2)
    items = await take(api, PROGRESS, 2, id=str(book["id"]), after=START)
    assert [item["progress"] for item in items] == [{"done": n, "of": "3", "lastSheet": None} for n in "12"]
    assert items[0]["cursor"] < items[1]["cursor"]
    assert items[0]["at"].endswith("Z")
    (again,) = await take(api, PROGRESS, 1, id=str(book["id"]), after=items[0]["cursor"])
    assert again == items[1]


async def test_progress_completes_when_the_job_has_ended_for_good(api: Api, book: Any) -> None:
    await report(api, book, 3)
    await end(api, book, {"state": "failed", "error": {"code": "paper", "message": "no paper left"}})
    await report(api, book, 1)
    await end(api, book, {"state": "succeeded", "error": None})
    document = PROGRESS.replace("lastSheet }", "} state error")
    results = [result async for result in await api.follow(document, id=str(book["id"]), after=START)]
    items = [result.data["bookProgress"] for result in results]
    assert [(item["state"], item["progress"], item["error"]) for item in items] == [
        ("running", {"done": "3", "of": "3"}, None),
        ("failed", None, "no paper left"),
        ("running", {"done": "1", "of": "3"}, None),
        ("succeeded", None, None),
    ]


@pytest.mark.parametrize("operation", [CHANGED, PROGRESS])
async def test_a_record_that_is_not_there_cannot_be_followed(api: Api, operation: str) -> None:
    said = await the_one_error(await api.follow(operation, id="019a0000-0000-7000-8000-000000000000"))
    assert said["code"] == "not_found"


@pytest.mark.parametrize("operation", [CHANGED, PROGRESS])
async def test_a_cursor_that_nobody_was_given_is_refused(api: Api, book: Any, operation: str) -> None:
    said = await the_one_error(await api.follow(operation, id=str(book["id"]), after="nonsense"))
    assert said["code"] == "bad_cursor"


@pytest.mark.parametrize("operation", [CHANGED, PROGRESS])
async def test_a_cursor_of_another_database_has_expired(api: Api, book: Any, operation: str) -> None:
    said = await the_one_error(await api.follow(operation, id=str(book["id"]), after="00000000.1.1"))
    assert (said["code"], said["path"]) == ("cursor_expired", ["after"])


async def test_a_document_that_is_none_is_refused(api: Api) -> None:
    said = await the_one_error(await api.follow("subscription { bookChanged {"))
    assert said == {"message": "Syntax Error: Expected Name, found <EOF>.", "code": "bad_query"}


async def test_a_subscription_cannot_be_asked_as_a_query(api: Api) -> None:
    said = await api.refused("subscription { bookChanged { cursor } }")
    assert said["message"] == "a subscription is followed over graphql-transport-ws or Server-Sent Events"
    assert said["code"] == "bad_query"


async def test_a_subscription_has_limits_too(api: Api) -> None:
    document = "subscription { bookChanged { book { " + "author { books { " * 6 + "title" + " } }" * 6 + " } } }"
    results = [result async for result in await api.follow(document)]
    assert {error.extensions["code"] for error in results[0].errors} == {"too_complex"}
