from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


def test_an_old_name_is_a_name_that_is_gone_and_was_one_thing(problems: Problems) -> None:
    class Maker(Resource):
        id: Attr[UUID] = primary_key()

    class First(Resource):
        renamed_from = "Old"
        id: Attr[UUID] = primary_key()

    class Second(Resource):
        renamed_from = "Old"
        id: Attr[UUID] = primary_key()
        note: Attr[str] = attribute()
        remark: Attr[str] = attribute(renamed_from="note")
        one: Attr[str] = attribute(renamed_from="both")
        other: Attr[str] = attribute(renamed_from="both")
        number: Attr[str] = attribute(renamed_from=5)  # type: ignore[call-overload]  # wrong on purpose
        maker: One[Maker] = belongs_to(renamed_from="maker")
        fine: Attr[str] = attribute(renamed_from="gone")

    found = [problem.partition(" (")[0] for problem in problems(Maker, First, Second)]
    assert found == [
        "`Second.renamed_from`: `First` was renamed from `Old` already",
        "`Second.remark.renamed_from`: `note` is declared still",
        "`Second.other.renamed_from`: `one` was renamed from `both` already",
        "`Second.number.renamed_from`: `5` is no name",
        "`Second.maker.renamed_from`: `maker` is its own name still",
    ]


def test_a_label_of_an_enum_of_the_database_is_renamed_by_a_statement_that_runs(problems: Problems) -> None:
    class Item(Resource):
        id: Attr[UUID] = primary_key()
        mood: Attr[Literal["it's"]] = attribute(column_type="shop.Mood", renamed_members={"its": "it's"})

    (found,) = problems(Item)
    assert """ALTER TYPE "shop"."Mood" RENAME VALUE 'its' TO 'it''s'""" in found


def test_an_old_name_is_no_column_of_another_and_its_own_only_where_the_column_was(problems: Problems) -> None:
    class Order(Resource):
        renamed_from = "Order"
        id: Attr[UUID] = primary_key()
        user: Attr[str] = attribute(column="UserX")
        person: Attr[str] = attribute(renamed_from="UserX")
        same: Attr[str] = attribute(renamed_from="same")
        moved: Attr[str] = attribute(renamed_from="moved", column="elsewhere")
        kept: Attr[str] = attribute(renamed_from="OldX", column="OldX")
        within: One[Order] = belongs_to(renamed_from="within")
        beside: One[Order] = belongs_to(renamed_from="beside", column="BesideX")

    own = "say what that was called"
    found = problems(Order)
    assert [problem.partition(" (")[0] for problem in found] == [
        "`Order.renamed_from`: `Order` is its own name still",
        "`Order.person.renamed_from`: `UserX` is the column of `user`, which is declared still",
        "`Order.same.renamed_from`: `same` is its own name still",
        "`Order.within.renamed_from`: `within` is its own name still",
    ]
    assert [own in problem for problem in found] == [True, False, True, True]


def test_a_mark_of_what_may_go_names_no_column_that_stays(problems: Problems) -> None:
    class Order(Resource):
        dropped = ("UserX", "user", "within_id", "gone")
        id: Attr[UUID] = primary_key()
        user: Attr[str] = attribute(column="UserX")
        within: One[Order] = belongs_to()

    found = [problem.partition(" (")[0] for problem in problems(Order)]
    assert found == [
        "`Order.dropped`: `UserX` is the column of `user`, which is declared still",
        "`Order.dropped`: `user` is declared still",
        "`Order.dropped`: `within_id` is declared still",
    ]


def test_a_renamed_member_is_gone_and_what_it_is_now_is_there(problems: Problems) -> None:
    class Item(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[Literal["small", "large"]] = attribute(renamed_members={"big": "huge", "small": "large"})
        sizes: Attr[list[Literal["small"]]] = attribute(renamed_members={"big": "small"})
        deep: Attr[list[list[Literal["small"]]]] = attribute(renamed_members={"big": "small"})
        named: Attr[Literal["small"]] = attribute(column_type="shop.size", renamed_members={"big": "small"})
        text: Attr[str] = attribute(renamed_members=["a"])  # type: ignore[call-overload]  # wrong on purpose

    found = [problem.partition(" (")[0] for problem in problems(Item)]
    assert found == [
        "`Item.size.renamed_members`: `huge` is none of the members: small, large",
        "`Item.size.renamed_members`: `small` is a member still",
        "`Item.deep.renamed_members`: only an enum or a Literal has members, alone or in a list or map",
        "`Item.named.renamed_members`: the members are labels of `shop.size`, an enum of the database",
        "`Item.text`: `renamed_members` is a mapping: what is stored, and the member it is now",
    ]


def test_an_exchange_of_names_is_said_elsewhere(problems: Problems) -> None:
    class First(Resource):
        renamed_from = "Second"
        id: Attr[UUID] = primary_key()

    class Second(Resource):
        renamed_from = "First"
        id: Attr[UUID] = primary_key()
        a: Attr[str] = attribute(renamed_from="b")
        b: Attr[str] = attribute(renamed_from="a")

    hints = [problem.partition(" (")[2] for problem in problems(First, Second)]
    assert hints == [
        f"two that exchange their names say it where the step is asked for: --rename {renames})"
        for renames in (
            "Second=First --rename First=Second",
            "First=Second --rename Second=First",
            "Second.b=a --rename Second.a=b",
            "Second.a=b --rename Second.b=a",
        )
    ]
