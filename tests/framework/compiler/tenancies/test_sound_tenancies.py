"""Mistakes in saying whose records are, and what a sound tenancy is carried by."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from framework import (
    STANDARD,
    Attr,
    Create,
    Domain,
    Many,
    One,
    Read,
    Resource,
    Update,
    attribute,
    belongs_to,
    by_column,
    compile_domain,
    exclude,
    has_many,
    identity,
    primary_key,
    sequence_key,
)
from framework.spec.attribute import Origin, names_in
from tests.framework.compiler.conftest import Problems


class Firm(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    browse = Read()


class Desk(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    number: Attr[int] = attribute()
    firm: One[Firm] = belongs_to()
    seats: Many[Seat] = has_many()
    browse = Read(orders=["name"])
    put = Create(accept=[name, number])
    one_name = identity(name)
    one_number = identity(number, across_tenants=True)
    tenancy = by_column(firm)


class Seat(Resource):
    id: Attr[UUID] = primary_key()
    firm_id: Attr[UUID] = attribute()
    desk: One[Desk] = belongs_to()
    spare: One[Firm | None] = belongs_to()
    browse = Read()
    tenancy = by_column(firm_id)


def test_all_that_is_told_apart_and_linked_carries_the_tenant() -> None:
    domain = compile_domain(Domain("desks", [Firm, Desk, Seat]))
    desk, seat = domain.resources["Desk"], domain.resources["Seat"]
    assert desk.attributes["firm_id"].origin is Origin.TENANT
    assert {name: names_in(*each.parts) for name, each in desk.identities.items()} == {
        "one_name": ("firm_id", "name"),
        "one_number": ("number",),
        "of_tenant": ("firm_id", "id"),
    }
    assert seat.relationships["desk"].matched == (("firm_id", "firm_id"),)
    assert seat.relationships["spare"].matched == ()
    assert desk.relationships["firm"].matched == ()


def test_a_domain_without_tenants_has_nothing_of_them() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        firm: One[Firm] = belongs_to()
        browse = Read()

    domain = compile_domain(Domain("notes", [Firm, Note], STANDARD))
    assert not domain.tenanted
    assert "tenant" not in {*domain.resources["Event"].attributes, *domain.resources["Job"].attributes}
    assert domain.resources["Note"].identities == {}
    owned = compile_domain(Domain("desks", [Firm, Desk, Seat], STANDARD))
    assert owned.resources["Event"].attributes["tenant"].type.nullable
    assert "tenant" not in owned.resources["LogEpoch"].attributes


def test_a_tenant_is_a_plain_attribute_that_every_record_has(problems: Problems) -> None:
    class Missing(Resource):
        id: Attr[UUID] = primary_key()
        firm_id: Attr[UUID] = attribute()
        tenancy = by_column("firmid")

    class Maybe(Resource):
        id: Attr[UUID] = primary_key()
        firm: One[Firm | None] = belongs_to()
        tenancy = by_column(firm)

    class Moment(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[float] = attribute()
        tenancy = by_column(at)

    class Preset(Resource):
        id: Attr[UUID] = primary_key()
        firm: Attr[str] = attribute(default="acme")
        tenancy = by_column(firm)

    assert problems(Firm, Missing, Maybe, Moment, Preset) == [
        "`Missing.tenancy`: `firmid` is not an attribute (did you mean `firm_id`?)",
        (
            "`Maybe.tenancy`: `firm_id` may be absent, and a record without a tenant would be nobody's "
            "(let every record have one)"
        ),
        "`Moment.tenancy`: `at` is of the kind float, which no tenant's key is (a UUID, a text or a number)",
        (
            "`Preset.tenancy`: `firm` says itself what it becomes, and it is the tenant of the call "
            "(leave the default out)"
        ),
    ]


def test_what_says_no_column_is_told_with_its_line(problems: Problems) -> None:
    class Listed(Resource):
        id: Attr[UUID] = primary_key()
        tenancy = ["firm"]  # type: ignore[assignment]

    class Deep(Resource):
        id: Attr[UUID] = primary_key()
        firm: One[Firm] = belongs_to()
        tenancy = by_column(firm.name)

    class Misnamed(Resource):
        id: Attr[UUID] = primary_key()
        firm: One[Firm] = belongs_to()
        tenant = by_column(firm)

    class Actions(Resource):
        id: Attr[UUID] = primary_key()
        stored = False
        tenancy = by_column(id)

    hint = "(write `tenancy = by_column(organization)`, and name an attribute or a `belongs_to`)"
    found = problems(Firm, Listed, Deep, Misnamed, Actions)
    assert f"`Listed.tenancy`: ['firm'] says no column {hint}" in found
    assert any(each.startswith("`Deep.tenancy`:") and each.endswith(hint) for each in found)
    assert "`Misnamed.tenant`: says whose the records are, which goes by the name `tenancy`" in found
    assert any("`Actions` is not stored" in each for each in found)


def test_nobody_is_let_give_a_tenant(problems: Problems) -> None:
    class Given(Resource):
        id: Attr[UUID] = primary_key()
        firm: One[Firm] = belongs_to()
        browse = Read()
        make = Create(accept=[firm])
        move = Update(accept=[firm])
        tenancy = by_column(firm)

    says = "`firm_id` is the tenant that the call is in, so no caller gives it (leave it out)"
    assert problems(Firm, Given) == [f"`Given.make.accept`: {says}", f"`Given.move.accept`: {says}"]


def test_tenants_are_of_one_type_and_their_own_table_is_met_by_its_key(problems: Problems) -> None:
    class Club(Resource):
        id: Attr[int] = sequence_key()
        name: Attr[str] = attribute()
        browse = Read()
        one_name = identity(name)
        tenancy = by_column(id)

    class Guest(Resource):
        id: Attr[UUID] = primary_key()
        club: One[Club] = belongs_to()
        partner: One[Club] = belongs_to()
        tenancy = by_column(club)

    found = problems(Firm, Desk, Seat, Club)
    assert [each for each in found if "tenancy" in each] == [
        (
            "`Club.tenancy`: is of the kind integer, and `Desk.firm_id` of the kind uuid "
            "(let the keys of tenants be of one type)"
        )
    ]
    assert [each for each in problems(Club, Guest) if "partner" in each] == [
        (
            "`Guest.partner`: leads to `Club`, of which a record meets its own tenant alone "
            "(follow the link of `club_id`, or let `Club` have no tenancy)"
        )
    ]
    # The records of that table are told apart among all tenants, as each is one.
    club = compile_domain(Domain("clubs", [Club])).resources["Club"]
    assert names_in(*club.identities["one_name"].parts) == ("name",)


def test_a_tenant_does_not_belong_to_a_tenant(problems: Problems) -> None:
    class Branch(Resource):
        id: Attr[UUID] = primary_key()
        firm: One[Firm] = belongs_to()
        tenancy = by_column(firm)

    class Till(Resource):
        id: Attr[UUID] = primary_key()
        branch: One[Branch] = belongs_to()
        tenancy = by_column(branch)

    (found,) = problems(Firm, Branch, Till)
    assert found.startswith("`Till.tenancy`: `Branch` is said to be the tenants' own table, and its records belong")


def test_across_tenants_is_said_where_there_are_any(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute()
        one_name = identity(name, across_tenants=True)

    assert problems(Note) == [
        "`Note.one_name`: holds across tenants, and the records of `Note` belong to none (leave `across_tenants` out)"
    ]


def test_what_shares_nothing_at_the_same_time_does_so_within_a_tenant() -> None:
    class Booking(Resource):
        id: Attr[UUID] = primary_key()
        room: Attr[str] = attribute()
        starts: Attr[datetime] = attribute()
        ends: Attr[datetime] = attribute()
        firm: One[Firm] = belongs_to()
        browse = Read()
        once = exclude(room, overlapping=(starts, ends))
        tenancy = by_column(firm)

    booking = compile_domain(Domain("bookings", [Firm, Booking])).resources["Booking"]
    assert names_in(*booking.exclusions["once"].parts) == ("firm_id", "room")
