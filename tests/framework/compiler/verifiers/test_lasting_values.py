"""What is indexed or kept does not depend on when and where it is worked out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity, index
from framework.expr.build import moment


class Shop(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()


def test_no_rule_is_of_what_changes_or_is_elsewhere() -> None:
    class Visit(Resource):
        id: Attr[UUID] = primary_key()
        begins: Attr[datetime] = attribute()
        lasts: Attr[timedelta] = attribute()
        number: Attr[int] = attribute()
        shop: One[Shop] = belongs_to()
        moved = identity(begins + lasts)
        elsewhere = identity(shop.name.lower())
        now = index(begins - moment())
        odd = index(number.lower())
        fine = index((begins - begins) * 2, number.desc(), include=[shop, lasts])
        known = index(number, include=["nmber"])

    moves = "moves a moment by a duration, which PostgreSQL keeps in no index or column: it depends on the time zone"
    alone = "and the database sees only the stored values of one record here"
    assert [str(problem) for problem in problems_of(Domain("test", [Shop, Visit]))] == [
        f"`Visit.moved`: {moves} (keep that moment in an attribute of its own)",
        f"`Visit.elsewhere`: `shop.name` is another record's, {alone}",
        f"`Visit.index`: `now` changes from moment to moment, {alone}",
        "`Visit.index`: there is no `lower` of the type integer",
        "`Visit.index.include`: `nmber` is not an attribute (did you mean `number`?)",
    ]
