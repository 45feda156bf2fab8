from __future__ import annotations

from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, primary_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource


class Person(Resource):
    id: Attr[UUID] = primary_key()
    boss: One[Person | None] = belongs_to()
    mentor: One[Person | None] = belongs_to()
    reports: Many[Person] = has_many("boss")
    pupils: Many[Person] = has_many(via="mentor")


def test_a_resource_may_be_linked_to_itself_in_several_ways() -> None:
    links = compile_domain(Domain("test", [Person])).of(Person).relationships
    assert (links["reports"].inverse, links["reports"].target_attribute) == ("boss", "boss_id")
    assert (links["pupils"].inverse, links["pupils"].target_attribute) == ("mentor", "mentor_id")
    assert links["pupils"].attribute == "id"
