"""What Alembic takes for PostgreSQL once our environment is imported."""

from __future__ import annotations

from alembic.ddl.impl import _impls
from alembic.ddl.postgresql import PostgresqlImpl

from framework.sql.migrations.environment import OPERATIONS
from framework.sql.migrations.running.online import StepImpl


def test_one_implementation_has_all_that_ours_do() -> None:
    """The last one imported with the name of a dialect wins, whatever the others could."""
    assert OPERATIONS
    assert _impls["postgresql"] is StepImpl
    ours = {each for each in _below(PostgresqlImpl) if each.__module__.startswith("framework.")}
    assert len(ours) > 1
    assert ours <= {*StepImpl.__mro__}


def _below(impl: type) -> set[type]:
    below: list[type] = impl.__subclasses__()
    return {impl}.union(*map(_below, below))
