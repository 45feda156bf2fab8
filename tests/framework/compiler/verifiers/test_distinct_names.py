from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.attributes import Attr, primary_key
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


def test_tables_do_not_clash(problems: Problems) -> None:
    class HTTPLog(Resource):
        id: Attr[UUID] = primary_key()

    class HttpLog(Resource):
        id: Attr[UUID] = primary_key()

    assert problems(HTTPLog, HttpLog) == ["`HttpLog`: `HTTPLog` has the same table, `http_logs` (rename one of them)"]
