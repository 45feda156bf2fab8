"""A step written by hand carries data over with the tables as it finds them, not as they are declared today."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

FILL = """    items = op.standing_table("items")
    for batch in op.batches(items, where=items.c.slug.is_(None), size=2):
        for row in batch:
            op.get_bind().execute(sa.update(items).where(items.c.id == row.id).values(slug=row.title.lower()))
"""


class Before(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str | None] = attribute()
    slug: Attr[str | None] = attribute()


class After(Resource):
    id: Attr[UUID] = primary_key()
    slug: Attr[str] = attribute()


Old = type("Item", (Before,), {"__module__": __name__})
New = type("Item", (After,), {"__module__": __name__})


async def written(own: Migrations, body: str) -> None:
    """A step with these lines as its way up."""
    path = await own.empty_revision("By hand")
    path.write_text(path.read_text().replace("    pass\n", body, 1))


async def test_a_step_reads_a_column_that_a_later_one_drops(migrations: MakeMigrations) -> None:
    own = migrations(Old)
    await started(own)
    titles = ["A", "B", "C", "D", "E"]
    rows = ", ".join(f"(gen_random_uuid(), '{title}')" for title in titles)
    await execute(own, f"INSERT INTO items (id, title) VALUES {rows}")
    await written(own, FILL)
    await own.upgrade()
    new = migrations(New)
    assert await new.revision("Slug alone", Decisions(drops=("Item.title",))) is not None
    await new.upgrade()
    assert await execute(new, "SELECT slug FROM items ORDER BY slug") == [(title.lower(),) for title in titles]
    await new.downgrade("base")
    await new.upgrade()
    assert await new.check() == []


async def test_a_step_that_reads_is_no_script(migrations: MakeMigrations) -> None:
    own = migrations(Old)
    await started(own)
    await written(own, FILL)
    with pytest.raises(Invalid, match="reads records of `items`"):
        await own.upgrade_sql()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    op.standing_table('nothing')\n", "there is no table `nothing` at this step"),
        ("    op.batches(sa.table('items', sa.column('id')))\n", "`items` has no primary key to go by"),
    ],
)
async def test_what_is_not_there_is_said(migrations: MakeMigrations, body: str, says: str) -> None:
    own = migrations(Old)
    await started(own)
    await written(own, body)
    with pytest.raises(Invalid, match=says):
        await own.upgrade()
