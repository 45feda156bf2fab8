"""The application's role, let in at the tables once they stand."""

from __future__ import annotations

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
from framework.sql.answering import connect_arguments
from framework.sql.application_role import let_in
from framework.sql.definitions.schema import schema_of
from framework.sql.engine import address


def let_in_at(url: str, domain: DomainSpec, role: str) -> None:
    """Returns once the role may meet them; at once where nothing belongs to tenants. Raises Invalid where this user may
    not give it that."""
    if not domain.tenanted:
        return
    where = address(url)
    engine = sa.create_engine(where, poolclass=sa.NullPool, connect_args=connect_arguments(where))
    with engine.begin() as connection:
        let_in(connection, schema_of(domain), role)
