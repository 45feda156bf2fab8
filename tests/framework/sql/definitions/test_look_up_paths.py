"""The indexes that follow from reads, state machines and links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.declare.actions import Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.machine import state_machine
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity, index, retention
from framework.expr.build import actor, argument_value
from framework.sql.extension import SQL
from framework.sql.migrations.ddl import ddl_of
from framework.sql.section import Table


class Stage(StrEnum):
    OPEN = "open"
    HELD = "held"
    DONE = "done"


class Shelf(Resource):
    id: Attr[UUID] = primary_key()


def indexes(record: type[Resource], *others: type[Resource]) -> list[str]:
    """Each index of the table, as PostgreSQL is told of it, without what all of them have."""
    lines = ddl_of(compile_domain(Domain("test", (record, *others), (SQL,)))).splitlines()
    return [line.removeprefix("CREATE INDEX ").rstrip(";") for line in lines if line.startswith("CREATE INDEX")]


def objections(record: type[Resource]) -> list[tuple[str, str]]:
    return [(problem.path, problem.says) for problem in problems_of(Domain("test", [record], (SQL,)))]


def test_an_order_has_an_index_that_ends_in_the_key_and_is_read_from_both_ends() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        at: Attr[datetime] = created_at()
        browse = Read(orders=[at.desc(), (title, at.desc())])

    assert indexes(Note) == [
        "ix_notes_at_id ON notes (at, id)",
        "ix_notes_title_at_desc_id_desc ON notes (title, at DESC, id DESC)",
    ]


def test_what_may_be_absent_comes_last_whichever_way_it_sorts() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        stars: Attr[int | None] = attribute()
        browse = Read(orders=[stars, stars.desc()])

    assert indexes(Note) == [
        "ix_notes_stars_desc_id_desc ON notes (stars DESC NULLS LAST, id DESC)",
        "ix_notes_stars_id ON notes (stars, id)",
    ]


def test_a_read_is_served_by_what_it_compares_and_only_among_what_it_can_find() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        owner: Attr[str] = attribute()
        gone: Attr[bool] = attribute(default=False)
        at: Attr[datetime] = created_at()
        browse = Read()
        mine = Read(where=(owner == actor("id")) & ~gone, orders=[at])
        of_somebody = Read(arguments={"who": argument(str)}, where=owner == argument_value("who"))
        left = Read(where=gone)

    assert indexes(Note) == [
        "ix_notes_id_left ON notes (id) WHERE gone",
        "ix_notes_owner_at_id_mine ON notes (owner, at, id) WHERE NOT gone",
        "ix_notes_owner_id ON notes (owner, id)",
    ]


def test_what_is_compared_otherwise_by_another_connection_narrows_no_index() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = attribute()
        gone_at: Attr[datetime | None] = attribute()
        young = Read(where=(at > datetime(2026, 1, 1, tzinfo=UTC)) & gone_at.is_null(), orders=[at])

    assert indexes(Note) == ["ix_notes_at_id_young ON notes (at, id) WHERE gone_at IS NULL"]


def test_the_states_that_a_move_leads_out_of_are_found_by_state() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        stage: Attr[Stage] = state_machine(Stage.OPEN, hold=(Stage.OPEN, Stage.HELD), end=(Stage.HELD, Stage.DONE))
        hold = Update()
        end = Update()

    class Door(Resource):
        id: Attr[UUID] = primary_key()
        stage: Attr[Stage] = state_machine(Stage.OPEN, end=(Stage.OPEN, Stage.DONE))
        end = Update()

    class Ring(Resource):
        id: Attr[UUID] = primary_key()
        stage: Attr[Stage] = state_machine(
            Stage.OPEN,
            hold=(Stage.OPEN, Stage.HELD),
            end=(Stage.HELD, Stage.DONE),
            open=(Stage.DONE, Stage.OPEN),
        )
        hold = Update()
        end = Update()
        open = Update()

    assert indexes(Note) == ["ix_notes_stage_id_live ON notes (stage, id) WHERE stage = ANY (ARRAY['open', 'held'])"]
    assert indexes(Door) == ["ix_doors_stage_id_live ON doors (stage, id) WHERE stage = 'open'"]
    assert indexes(Ring) == ["ix_rings_stage_id ON rings (stage, id)"]


def test_no_index_is_the_beginning_of_another_one() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        number: Attr[int] = attribute()
        at: Attr[datetime] = created_at()
        shelf: One[Shelf] = belongs_to()
        other: One[Shelf] = belongs_to()
        third: One[Shelf] = belongs_to()
        stage: Attr[Stage] = state_machine(Stage.OPEN, end=(Stage.OPEN, Stage.DONE))
        end = Update()
        browse = Read(orders=[id.desc(), (shelf, at.desc()), (stage, at), (third, number), title])
        again = Read(orders=[(stage, at), (title, id, at)])
        unique_number = identity(third, number)
        _by_title = index(title, id, at)

    assert indexes(Note, Shelf) == [
        "ix_notes_other_id ON notes (other_id)",
        "ix_notes_shelf_id_at_desc_id_desc ON notes (shelf_id, at DESC, id DESC)",
        "ix_notes_stage_at_id ON notes (stage, at, id)",
        "ix_notes_title_id_at ON notes (title, id, at)",
    ]


def test_a_declaration_may_say_that_it_wants_none() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        gone: Attr[bool] = attribute(default=False)
        shelf: One[Shelf] = belongs_to(index=False)
        stage: Attr[Stage] = state_machine(Stage.OPEN, index=False, end=(Stage.OPEN, Stage.DONE))
        end = Update()
        browse = Read(where=~gone, index=False)

    assert indexes(Note, Shelf) == []


def test_orders_are_of_attributes_and_not_in_vain() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read(orders=["tilte", (title, title)])
        lowered = Read(orders=[title.lower()])
        unserved = Read(orders=[title], index=False)

    assert objections(Note) == [
        ("Note.browse.orders", "`tilte` is not an attribute"),
        ("Note.browse.orders", "`title` is said twice"),
        ("Note.lowered.orders", "a list is sorted by attributes, not by what is worked out: keep that in one"),
        ("Note.unserved.orders", "are served by no index, as `index=False` says"),
    ]


def test_an_index_that_an_order_has_already_is_refused() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        at: Attr[datetime] = created_at()
        browse = Read(orders=[(title, at)])
        _by_title = index(title)

    says = "is the beginning of an index that `browse` has for its lists, which serves the same"
    assert objections(Note) == [("Note.index", says)]


def test_a_table_of_others_is_given_no_index_for_its_orders() -> None:
    class Note(Resource):
        sections = (Table(managed=False),)
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        browse = Read(orders=[title])

    says = "are what indexes serve, and a table of others (managed=False) is given none"
    assert objections(Note) == [("Note.browse.orders", says)]


@pytest.mark.parametrize("said", [(Stage.OPEN, Stage.DONE), None])
def test_no_move_is_called_index(said: object) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        stage: Attr[Stage] = state_machine(Stage.OPEN, index=said)

    says = "no move is called `index`: that says whether there is one, as in `index=False`"
    assert objections(Note) == [("Note.stage", says)]


def test_the_oldest_of_what_is_to_go_are_found_by_an_index_unless_there_is_one() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = created_at()
        _kept = retention(after=timedelta(days=1), since=at)

    class Sorted(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = created_at()
        browse = Read(orders=[at.desc()])
        _kept = retention(after=timedelta(days=1), since=at)

    assert indexes(Note) == ["ix_notes_at_id ON notes (at, id)"]
    assert indexes(Sorted) == ["ix_sorteds_at_id ON sorteds (at, id)"]
