from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from framework.actions.step import Change
from framework.declare.actions import Create
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


class Fill(Change):
    """Fills in what is left."""


def test_a_create_can_fill_what_has_to_be_filled(problems: Problems) -> None:
    class Store(Resource):
        id: Attr[UUID] = primary_key()

    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        body: Attr[str | None] = attribute()
        stars: Attr[int] = attribute(default=0)
        made: Attr[datetime] = created_at()
        store: One[Store] = belongs_to()
        none = Create()
        most = Create(accept=[title])
        all_of_it = Create(accept=[title, store])
        by_step = Create(steps=[Fill()])

    end = "has to have a value, and nothing here gives it one (accept it, give it a default, or set it in a step)"
    assert [problem for problem in problems(Store, Note) if "has to have" in problem] == [
        f"`Note.none`: `title` {end}",
        f"`Note.none`: `store_id` {end}",
        f"`Note.most`: `store_id` {end}",
    ]
