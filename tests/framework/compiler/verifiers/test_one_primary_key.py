from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


def test_a_stored_resource_has_exactly_one_primary_key(problems: Problems) -> None:
    class Keyless(Resource):
        title: Attr[str] = attribute()

    class Twice(Resource):
        id: Attr[UUID] = primary_key()
        key: Attr[UUID] = primary_key()

    class Tool(Resource):
        stored = False

    assert problems(Keyless, Twice, Tool) == [
        "`Keyless`: has no primary key (add `id: Attr[UUID] = primary_key()`)",
        "`Twice`: has several primary keys: id, key (keep one)",
    ]
