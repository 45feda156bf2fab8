from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


def test_two_resources_of_one_name_are_told_apart(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()

    first = Note

    class Note(Resource):  # type: ignore[no-redef]  # the same name on purpose
        id: Attr[UUID] = primary_key()

    (problem,) = problems(first, Note)
    assert problem == (
        f"`Note`: another resource of the domain has this name, at {first.__scope__.source} (rename one of them)"
    )


def test_a_resource_listed_twice_is_one(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()

    assert problems(Note, Note) == []


def test_derived_names_do_not_clash(problems: Problems) -> None:
    class HTTPLog(Resource):
        id: Attr[UUID] = primary_key()

    class HttpLog(Resource):
        id: Attr[UUID] = primary_key()
        line_1: Attr[str] = attribute()
        line1: Attr[str] = attribute()
        release = Update()
        release_http_log = Update()

    assert problems(HTTPLog, HttpLog) == [
        "`HttpLog`: `HTTPLog` has the same table, `http_logs` (rename one of them)",
        "`HttpLog`: `HTTPLog` has the same GraphQL query, `httpLog` (rename one of them)",
        "`HttpLog`: `HTTPLog` has the same GraphQL query, `httpLogs` (rename one of them)",
        "`HttpLog.line1`: `HttpLog.line_1` has the same GraphQL field, `line1` (rename one of them)",
        (
            "`HttpLog.release_http_log`: `HttpLog.release` has the same GraphQL mutation, `releaseHttpLog` "
            "(rename one of them)"
        ),
    ]
