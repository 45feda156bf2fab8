"""A step that fails is told in one message, with the step, the cause and a way out, and has changed nothing."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Conflict, Invalid
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started


class Thing(Resource):
    id: Attr[UUID] = primary_key()


class Named(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()


def thing(base: type[Resource]) -> type[Resource]:
    return type("Thing", (base,), {"__module__": __name__})


async def test_what_others_made_of_a_column_is_in_the_way_of_dropping_it(migrations: MakeMigrations) -> None:
    old = migrations(thing(Named))
    await started(old)
    await execute(old, "CREATE VIEW names AS SELECT name FROM things")
    new = migrations(Thing)
    path = await new.revision("Nameless", Decisions(drops=("Thing.name",)))
    assert path is not None
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "op.drop_column" in text)
    with pytest.raises(Conflict) as failed:
        await new.upgrade()
    (issue,) = failed.value.issues
    assert issue.message == (
        f"the step {path.name}, line {line} failed: cannot drop column name of table things because other objects "
        "depend on it (view names depends on column name of table things); nothing was changed"
    )
    assert (issue.code, issue.params["sqlstate"], issue.params["step"]) == ("step_failed", "2BP01", path.name)
    assert "a view perhaps" in str(issue.hint)
    assert await old.check() == ["not carried out: " + (await new.pending())[0]]


async def test_a_table_that_is_there_already_is_told(migrations: MakeMigrations) -> None:
    own = migrations(Thing)
    assert await own.revision("Begin") is not None
    await execute(own, "CREATE TABLE things (id int)")
    with pytest.raises(Conflict, match='relation "things" already exists') as failed:
        await own.upgrade()
    assert "dspex stamp" in str(failed.value.issues[0].hint)


async def test_a_revision_beside_a_step_that_waits_says_which_and_what_to_do(migrations: MakeMigrations) -> None:
    await migrations(Thing).revision("First")
    with pytest.raises(Invalid, match=r"as they stand, and these wait: \w+: First\.") as refused:
        await migrations(thing(Named)).revision("Second")
    assert refused.value.issues[0].code == "steps_waiting"


async def test_what_others_made_of_a_column_is_in_the_way_of_another_type(migrations: MakeMigrations) -> None:
    old = migrations(thing(Named))
    await started(old)
    await execute(old, "CREATE VIEW names AS SELECT name FROM things")
    body = {"__module__": __name__, "__annotations__": {"name": Attr[int]}, "name": attribute()}
    new = migrations(type("Thing", (Thing,), body))
    assert await new.revision("Numbered") is not None
    with pytest.raises(Conflict, match="cannot alter type of a column used by a view") as failed:
        await new.upgrade()
    assert "a view or rule that is not ours uses the column, drop that first" in str(failed.value.issues[0].hint)


async def test_a_look_that_the_database_refuses_while_a_step_is_written_is_told(migrations: MakeMigrations) -> None:
    own = migrations(Thing)
    await started(own)
    ((name,),) = await execute(own, "SELECT current_database()")
    await execute(own, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with pytest.raises(Conflict, match=r"PostgreSQL refused to be asked `.*read-only transaction") as failed:
        await migrations(thing(Named)).revision("Named")
    assert failed.value.issues[0].code == "look_failed"
    writes = "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"
    await execute(own, writes, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
