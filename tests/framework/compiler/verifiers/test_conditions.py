from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from framework.declare.actions import Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index

Problems = Callable[..., list[str]]
PLAIN: Any = "title"


def test_a_condition_is_true_or_false_of_a_record(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        done: Attr[bool] = attribute()
        named = check(PLAIN == "title")
        titled = check(title)  # type: ignore[arg-type]  # wrong on purpose
        once = identity(title, where=PLAIN)
        by_title = index(title, where=done)
        browse = Read(where=title.length())  # type: ignore[arg-type]  # wrong on purpose
        fine = Read(where=~done)

    hint = '(compare a value: `title != ""`)'
    assert problems(Note) == [
        f"`Note.named`: `True` speaks of no value of the record {hint}",
        f"`Note.titled`: is of the type string, not a condition {hint}",
        f"`Note.once.where`: `'title'` speaks of no value of the record {hint}",
        f"`Note.browse.where`: is of the type integer, not a condition {hint}",
    ]
