"""Records that belong to what somebody is a member of are found by the memberships, whatever lies between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from framework import (
    Actor,
    Attr,
    Context,
    Create,
    Domain,
    Many,
    One,
    Read,
    Resource,
    actor,
    allow,
    attribute,
    belongs_to,
    has_many,
    primary_key,
)
from framework.actions.engine import Engine
from framework.sql.layer import SqlLayer
from framework.sql.watch import watched
from framework.testing.engines import in_memory, in_postgres


class Team(Resource):
    """Who work together."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    seats: Many[Seat] = has_many()

    browse = Read()
    found = Create(accept=[name])

    policies = [allow()]


class Seat(Resource):
    """That somebody is in a team; or in none as yet."""

    id: Attr[UUID] = primary_key()
    person: Attr[str] = attribute()
    team: One[Team | None] = belongs_to()

    browse = Read()
    take = Create(accept=[person, team])

    policies = [allow()]


class Paper(Resource):
    """What a team wrote."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    team: One[Team] = belongs_to()

    browse = Read()
    write = Create(accept=[title, team])

    policies = [allow(write), allow(browse).when(team.seats.any(lambda each: each.person == actor("id")))]


class Banned(Resource):
    """What is kept from those of the team."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    team: One[Team] = belongs_to()

    browse = Read()
    tell = Create(accept=[text, team])

    policies = [allow(tell), allow(browse).when(~team.seats.any(lambda each: each.person == actor("id")))]


OFFICE = Domain("office", [Team, Seat, Paper, Banned])


@pytest.fixture(params=["memory", "postgres"])
async def office(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Engine]:
    """Ann is in the first of two teams, and has a seat in none."""
    opened = in_memory(OFFICE) if request.param == "memory" else in_postgres(OFFICE, url=fresh_database_url)
    async with opened as engine:
        system = engine.system("the test prepares")
        one, two = await system.create_all(Team.found, [{"name": "one"}, {"name": "two"}])
        await system.create_all(Seat.take, [{"person": "ann", "team_id": one.id}, {"person": "ann", "team_id": None}])
        for team in (one, two):
            await system.create(Paper.write, {"title": team.name, "team_id": team.id})
            await system.create(Banned.tell, {"text": team.name, "team_id": team.id})
        yield engine


async def seen(engine: Engine, read: Any, name: str) -> tuple[list[str], str]:
    """What ann sees, and the statement that finds it."""
    session, sent = engine.session(Context(Actor("user", "ann"))), list[str]()
    if not isinstance(engine.layer, SqlLayer):
        return [record[name] for record in await session.read(read)], ""
    with watched(engine.layer, sent.append):
        found = [record[name] for record in await session.read(read)]
    return found, sent[0]


async def test_the_end_of_a_link_is_left_out_where_it_is_asked_for_what_holds_its_key_alone(office: Engine) -> None:
    found, statement = await seen(office, Paper.browse, "title")
    assert found == ["one"]
    assert "teams" not in statement


async def test_a_key_that_is_absent_leaves_no_other_open(office: Engine) -> None:
    assert (await seen(office, Banned.browse, "text"))[0] == ["two"]
