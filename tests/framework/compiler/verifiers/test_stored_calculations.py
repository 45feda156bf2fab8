"""What a stored calculation may be, in the words that anything else is refused with."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Create
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.expr.build import actor, moment


class Shop(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()


def test_a_stored_calculation_is_of_given_values_of_the_record_and_gives_its_type() -> None:
    class Item(Resource):
        id: Attr[UUID] = primary_key()
        shop: One[Shop] = belongs_to()
        net: Attr[int] = attribute()
        tax: Attr[int | None] = attribute()
        made: Attr[datetime] = attribute()
        lasts: Attr[timedelta] = attribute()
        tags: Attr[list[str]] = attribute()
        read: Attr[int] = calculate(net * 3)
        fine: Attr[int] = calculate(net + 1, stored=True)
        far: Attr[str] = calculate(shop.name, stored=True)
        now: Attr[datetime] = calculate(moment(), stored=True)
        who: Attr[str | None] = calculate(actor("id"), stored=True)
        of_read: Attr[int] = calculate(read + 1, stored=True)
        of_fine: Attr[int] = calculate(fine + 1, stored=True)
        absent: Attr[int] = calculate(net + tax, stored=True)
        other: Attr[str] = calculate(net, stored=True)  # type: ignore[arg-type]  # what is objected to
        until: Attr[datetime] = calculate(made + lasts, stored=True)
        all_tags: Attr[list[str]] = calculate(tags, stored=True)
        write = Create(accept=[shop, net, made, lasts, tags, fine])

    alone = "and the database sees only the stored values of one record here"
    moves = "moves a moment by a duration, which PostgreSQL keeps in no index or column: it depends on the time zone"
    assert [str(problem) for problem in problems_of(Domain("test", [Shop, Item]))] == [
        f"`Item.far`: `shop.name` is another record's, {alone}",
        f"`Item.now`: `now` changes from moment to moment, {alone}",
        f"`Item.who`: `id` is the actor's, {alone}",
        f"`Item.of_read`: `read` is derived, {alone}",
        "`Item.of_fine`: `fine` is itself worked out and stored (say what that is worked out of)",
        "`Item.absent`: its expression may give None (write `Attr[... | None]`)",
        "`Item.other`: is annotated as string, but its expression gives integer",
        f"`Item.until`: {moves} (keep that moment in an attribute of its own)",
        "`Item.all_tags`: a value of the type list is not stored by a calculation (leave out `stored=True`)",
        "`Item.write.accept`: `fine` is worked out, so nobody may write it (leave it out)",
    ]
