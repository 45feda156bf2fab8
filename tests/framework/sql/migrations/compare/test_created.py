"""What takes back a table or an index that a revision makes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import render_python_code
from alembic.operations import ops

from framework.sql.migrations.compare.created import CreatedIndexOp, CreatedTableOp

NOTES = sa.Table("notes", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("title", sa.Text), schema="crm")
TITLES = sa.Index("ix_titles", sa.func.lower(NOTES.c.title), unique=True, postgresql_where=NOTES.c.id > 3)


def rendered(step: ops.MigrateOperation) -> str:
    return render_python_code(ops.UpgradeOps([step]))


def test_it_is_what_alembic_would_have_written() -> None:
    ours, theirs = (kind.from_table(NOTES).reverse() for kind in (CreatedTableOp, ops.CreateTableOp))
    assert rendered(ours) == rendered(theirs)
    assert "op.drop_table('notes', schema='crm')" in rendered(ours)


def test_an_index_is_dropped_as_it_is_made() -> None:
    ours, theirs = (kind.from_index(TITLES).reverse() for kind in (CreatedIndexOp, ops.CreateIndexOp))
    assert rendered(ours) == rendered(theirs)
    assert rendered(ours.reverse()) == rendered(ops.CreateIndexOp.from_index(TITLES))
