"""What PostgreSQL does for a list through an access scope: its index serves, and nothing is looked up for each row."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.data.access_scope import AccessScope
from framework.data.selection import Ordering, Selection
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import index
from framework.expr.build import Expr
from framework.expr.nodes import Node, Ref
from framework.sql.layer import SqlLayer
from framework.sql.statements.prepared import Prepared, Statements
from tests.framework.sql.conftest import MakeLayer

ME = 7
# More often than PostgreSQL plans a statement anew for each execution.
TIMES = 7


class Team(Resource):
    id: Attr[int] = sequence_key()
    name: Attr[str] = attribute()
    seats: Many[Seat] = has_many()


class Seat(Resource):
    id: Attr[int] = sequence_key()
    user_id: Attr[int] = attribute()
    team: One[Team] = belongs_to()
    by_user = index(user_id)


class Paper(Resource):
    id: Attr[int] = sequence_key()
    rank: Attr[int] = attribute()
    salary: Attr[int] = attribute()
    owner_id: Attr[int] = attribute()
    team: One[Team] = belongs_to()
    by_rank = index(rank, id)


FILLED = """
INSERT INTO teams (name) SELECT 'team ' || n FROM generate_series(1, 50) n;
INSERT INTO seats (user_id, team_id)
    SELECT u, t FROM generate_series(1, 40) u, generate_series(1, 50) t WHERE (u + t) % 2 = 0;
INSERT INTO papers (rank, salary, owner_id, team_id)
    SELECT n * 7919 % 30000, n, n % 40, 1 + n % 50 FROM generate_series(1, 30000) n;
ANALYZE teams; ANALYZE seats; ANALYZE papers
"""


@pytest.fixture
async def layer(make_layer: MakeLayer) -> SqlLayer:
    """Papers of fifty teams, of which everybody is in half."""
    made = await make_layer(Team, Seat, Paper)
    async with made.engine.begin() as connection:
        for statement in FILLED.split(";"):
            await connection.execute(sa.text(statement))
    return made


async def plan(layer: SqlLayer, prepared: Prepared) -> str:
    """What is done for the statement once it was prepared and carried out some times."""
    assert isinstance(prepared.statement, sa.ClauseElement)
    written = prepared.statement.compile(dialect=postgresql.dialect(paramstyle="numeric_dollar"))  # type: ignore[no-untyped-call]
    given = ", ".join(repr(prepared.values[name]) for name in written.positiontup or ())  # type: ignore[attr-defined]
    async with layer.engine.connect() as connection:
        await connection.exec_driver_sql(f"PREPARE listed AS {written}")
        for _ in range(TIMES - 1):
            await connection.exec_driver_sql(f"EXECUTE listed ({given})")
        lines = await connection.exec_driver_sql(f"EXPLAIN EXECUTE listed ({given})")
        return "\n".join(lines.scalars())


def listed(layer: SqlLayer, scope: AccessScope, *values: str, where: Node | None = None) -> Prepared:
    """The first hundred by rank, through the scope."""
    asked = Selection(layer.domain.of(Paper), ("id", "rank", *values), where, (Ordering(Ref("rank")),), 100)
    return Statements(layer.schema).scoped(scope).read(asked)


MEMBER: Expr[bool] = Paper.team.seats.any(lambda seat: seat.user_id == ME)


@pytest.mark.parametrize(
    "scope",
    [
        AccessScope({"Paper": MEMBER.node}, {}),
        AccessScope({"Paper": (MEMBER | (Paper.owner_id == ME)).node}, {}),
        AccessScope({"Paper": (MEMBER & ~(Paper.salary == ME)).node}, {"Paper": {"salary": MEMBER.node}}),
    ],
)
async def test_a_list_goes_by_its_index_and_asks_for_memberships_once(layer: SqlLayer, scope: AccessScope) -> None:
    told = await plan(layer, listed(layer, scope, "salary"))
    assert re.search(r"Index Scan using \S+ on papers", told)
    assert "InitPlan" in told
    assert "SubPlan" not in told
    assert "Sort" not in told


async def test_a_link_through_a_scope_asks_for_memberships_once(layer: SqlLayer) -> None:
    scope = AccessScope({"Paper": MEMBER.node, "Team": Team.seats.any(lambda seat: seat.user_id == ME).node}, {})
    told = await plan(layer, listed(layer, scope, where=(Paper.team.name != "").node))
    assert "SubPlan" not in told
