"""Bench `scoped_list`: a list of 100 as a member of some teams may see it, against the same list with no scope."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import sqlalchemy as sa

from framework.compiler.domain import Domain, compile_domain
from framework.data.access_scope import AccessScope
from framework.data.protocols import Reads
from framework.data.selection import Ordering, Selection
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import index
from framework.expr.nodes import Ref
from framework.sql.engine import create_tables, open_layer
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation

ROUNDS, EACH = 9, 20
FEW, MANY = 10_000, 1_000_000
MEMBER, STRANGER = 1, 2
TEAMS = 200
PEER = "the same list without a scope"
FILL = f"""
INSERT INTO papers (title, rank, team_id)
SELECT 'paper ' || n, n * 7919::bigint % 1000003, 1 + n % {TEAMS} FROM generate_series(CAST(:first AS int), :last) n
"""
SEATS = f"""
INSERT INTO seats (user_id, team_id) SELECT u, t FROM generate_series(1, 200) u, generate_series(1, {TEAMS}) t
WHERE CASE WHEN u = {STRANGER} THEN t % 20 = 0 ELSE t % 5 <> 0 END
"""


class Team(Resource):
    """Who may see some papers."""

    id: Attr[int] = sequence_key()
    name: Attr[str] = attribute()
    seats: Many[Seat] = has_many()


class Seat(Resource):
    """That somebody is in a team."""

    id: Attr[int] = sequence_key()
    user_id: Attr[int] = attribute()
    team: One[Team] = belongs_to()
    by_user = index(user_id)


class Paper(Resource):
    """What a team wrote."""

    id: Attr[int] = sequence_key()
    title: Attr[str] = attribute()
    rank: Attr[int] = attribute()
    team: One[Team] = belongs_to()
    by_rank = index(rank, id)


DOMAIN = compile_domain(Domain("bench", [Team, Seat, Paper]))
LISTED = Selection(DOMAIN.of(Paper), ("id", "title", "rank", "team_id"), None, (Ordering(Ref("rank")),), 100)


async def scoped_list(place: Installation) -> Sequence[Figure]:
    """Of ten thousand and of a million papers, as somebody sees them who is in four of five teams, or in one of 20."""
    assert place.settings.database_url is not None
    figures: list[Figure] = []
    async with open_layer(DOMAIN, place.settings.database_url) as layer:
        await create_tables(layer)
        filled = 0
        for rows, most in ((FEW, 1.15), (MANY, 1.5)):
            async with layer.engine.begin() as connection:
                if not filled:
                    names = sa.text(f"INSERT INTO teams (name) SELECT 'team ' || n FROM generate_series(1, {TEAMS}) n")
                    await connection.execute(names)
                    await connection.execute(sa.text(SEATS))
                await connection.execute(sa.text(FILL), {"first": filled + 1, "last": rows})
                await connection.execute(sa.text("ANALYZE papers, seats, teams"))
            filled = rows
            async with layer.autocommit_read() as reads:
                figures.append(_aiming(await _measured(f"scoped_list_{rows}", reads, MEMBER), most))
                figures.append(await _measured(f"scoped_list_{rows}_one_of_20", reads, STRANGER))
    return figures


async def _measured(bench: str, reads: Reads, user: int) -> Figure:
    """Medians of alternating rounds through one connection."""
    mine = AccessScope({"Paper": Paper.team.seats.any(lambda seat: seat.user_id == user).node}, {})
    took: tuple[list[float], list[float]] = ([], [])
    asked = (reads.scoped(mine), reads)
    for number in range(ROUNDS + 1):
        for which in (0, 1) if number % 2 else (1, 0):
            lasted = await _lasted(asked[which])
            if number:
                took[which].append(lasted)
    return Figure(bench, took[0], Peer(PEER, took[1]), "ms")


async def _lasted(reads: Reads) -> float:
    times: list[float] = []
    for _ in range(EACH):
        begun = time.perf_counter()
        assert len(await reads.read(LISTED)) == LISTED.limit
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def _aiming(figure: Figure, most: float) -> Figure:
    return figure.aiming(f"at most {most:g} times as long", met=figure.value <= most * figure.peer_value)
