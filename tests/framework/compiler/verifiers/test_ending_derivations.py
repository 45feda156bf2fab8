from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate, sum_of
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


class Folder(Resource):
    id: Attr[UUID] = primary_key()
    size: Attr[int] = attribute()
    parent: One[Folder | None] = belongs_to()
    children: Many[Folder] = has_many()
    total: Attr[int | None] = sum_of(children, lambda child: child.total)
    twice: Attr[int | None] = calculate(total + total)
    own: Attr[int] = calculate(size + 1)
    level: Attr[int | None] = calculate(parent.depth + 1)
    depth: Attr[int | None] = calculate(level.or_else(own))


def test_a_derived_value_never_leads_back_to_itself(problems: Problems) -> None:
    hint = "is worked out from itself (store it, and set it in a step)"
    assert problems(Folder) == [f"`Folder.total`: {hint}", f"`Folder.level`: {hint}", f"`Folder.depth`: {hint}"]
