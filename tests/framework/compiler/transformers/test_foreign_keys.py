from __future__ import annotations

from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.spec.attribute import Visibility
from framework.types.type import Kind


class Step(Resource):
    id: Attr[int] = sequence_key()


class Note(Resource):
    id: Attr[UUID] = primary_key()
    step: One[Step] = belongs_to()
    last_step: One[Step | None] = belongs_to(private=True)


def test_the_key_of_a_link_is_typed_as_the_key_of_its_target() -> None:
    spec = compile_domain(Domain("test", [Note, Step])).of(Note)
    key, last = spec.attributes["step_id"], spec.attributes["last_step_id"]
    assert (key.type.kind, key.type.nullable, key.default, key.required) == (Kind.INTEGER, False, None, True)
    assert (last.type.nullable, last.visibility, last.required) == (True, Visibility.PRIVATE, False)
    assert last.default is not None
    assert last.default.fresh() is None
