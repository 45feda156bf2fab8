from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.declare.actions import Read, Update
from framework.declare.attributes import Attr, attribute, primary_key, updated_at
from framework.declare.derived import calculate
from framework.declare.policies import allow, field
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.expr.build import actor

Problems = Callable[..., list[str]]


class Shelf(Resource):
    id: Attr[UUID] = primary_key()
    browse = Read()
    policies = [allow()]


def test_a_field_can_be_absent_and_is_given_by_somebody(problems: Problems) -> None:
    lead = actor("role") == "lead"

    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        size: Attr[int] = attribute()
        twice: Attr[int] = calculate(size * 2)
        touched: Attr[object] = updated_at()  # type: ignore[assignment]  # its type matters not
        shelf: One[Shelf] = belongs_to()
        other: One[Shelf | None] = belongs_to()
        browse = Read()
        edit = Update(accept=[title, shelf])
        policies = [
            allow(),
            field(id).readable_when(lead),
            field(shelf).readable_when(lead).writable_when(lead),
            field(other).readable_when(lead),
            field("titel").readable_when(lead),
            field(twice).readable_when(lead).writable_when(lead),
            field(touched).writable_when(lead),
            field(size).writable_when(lead),
            field(title).writable_when(lead),
        ]

    found = [line for line in problems(Note, Shelf) if "touched`: there is no type" not in line]
    assert found == [
        "`Note.policies[1]`: `id` says which record it is: who sees the record sees that (say who may read the record)",
        (
            "`Note.policies[2]`: `shelf_id` is the key of `shelf`, which every record has: it cannot be absent "
            "(say who may read the record, or the `Shelf`)"
        ),
        "`Note.policies[4]`: `Note` has no field `titel` (did you mean `title`?)",
        "`Note.policies[5]`: `twice` is derived, so nobody gives it (leave out `writable_when`)",
        "`Note.policies[6]`: `touched` is generated, so nobody gives it (leave out `writable_when`)",
        "`Note.policies[7]`: no action accepts `size`, so nobody gives it (leave out `writable_when`)",
    ]
