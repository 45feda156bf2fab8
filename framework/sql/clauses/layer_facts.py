"""What PostgreSQL answers about itself: the time, the transaction, the horizon, and which store it is."""

from __future__ import annotations

import sqlalchemy as sa

from framework.expr.nodes import Function
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.columns import PLAIN
from framework.sql.clauses.horizon import HORIZON
from framework.types.type import Kind

ABOUT_THE_LAYER: dict[Function, Clause] = {
    Function.NOW: sa.func.statement_timestamp(type_=PLAIN[Kind.DATETIME]),
    Function.TRANSACTION: sa.literal_column("pg_current_xact_id()::text::bigint", PLAIN[Kind.INTEGER]),
    Function.HORIZON: sa.literal_column(HORIZON, PLAIN[Kind.INTEGER]),
    # The cluster, its timeline, which counts up when a copy is promoted, and the database in it.
    Function.STORE: sa.literal_column(
        "((SELECT system_identifier::text FROM pg_control_system()) || '.' || left(pg_walfile_name("
        "pg_current_wal_lsn()), 8) || '.' || (SELECT oid::text FROM pg_database WHERE datname = current_database()))",
        PLAIN[Kind.STRING],
    ),
}
