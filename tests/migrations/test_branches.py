"""Two people write a step each: the branch is refused until it is merged, and a fresh database takes all of it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import index
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started


class Base(Resource):
    id: Attr[UUID] = primary_key()


def base(*names: str, joined: bool = False) -> type[Resource]:
    """The resource with these optional whole numbers, and an index over them."""
    body = {name: attribute() for name in names}
    both = {"both": index(*body.values())} if joined else {}
    annotations = dict.fromkeys(names, "Attr[int | None]")
    return type("Base", (Base,), {"__module__": __name__, "__annotations__": annotations, **body, **both})


async def branched(migrations: MakeMigrations, tmp_path: Path) -> Migrations:
    """A history with a head of each of two people, in one database that has taken only the first step."""
    first = migrations(Base)
    await started(first)
    written = []
    for name in ("first", "second"):
        # Each works on a copy that has not the other's step yet.
        path = await migrations(base(name)).revision(name)
        assert path is not None
        written.append(path.rename(tmp_path / path.name))
    for path in written:
        path.rename(first.folders["test"] / path.name)
    return migrations(base("first", "second", joined=True))


async def test_two_heads_are_refused_with_the_command_that_merges_them(
    migrations: MakeMigrations, tmp_path: Path
) -> None:
    own = await branched(migrations, tmp_path)
    for refused in (own.upgrade(), own.upgrade_sql(), own.revision("More")):
        with pytest.raises(Invalid, match="the steps of versions branch") as caught:
            await refused
        (issue,) = caught.value.issues
        assert (issue.code, len(issue.params["heads"])) == ("two_heads", 2)
        assert "dspex merge" in str(issue.hint)


async def test_a_merged_history_is_taken_by_a_fresh_database_too(migrations: MakeMigrations, tmp_path: Path) -> None:
    own = await branched(migrations, tmp_path)
    assert await own.merge("both") is not None
    await own.upgrade()
    assert await own.revision("Index over both") is not None
    await own.upgrade()
    assert await own.check() == []
    await execute(own, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    await own.upgrade()
    assert await own.check() == []
    await own.downgrade("base")


async def test_with_one_head_there_is_nothing_to_merge(migrations: MakeMigrations) -> None:
    own = migrations(Base)
    await started(own)
    assert await own.merge("nothing") is None


async def test_an_empty_step_is_for_what_no_declaration_tells(migrations: MakeMigrations) -> None:
    own = migrations(base("first"))
    await started(own)
    path = await own.empty_revision("Carry over")
    assert path.read_text().count("    pass\n") == 2
    path.write_text(path.read_text().replace("    pass\n", "    op.execute('UPDATE bases SET first = 1')\n", 1))
    await execute(own, "INSERT INTO bases VALUES (gen_random_uuid(), NULL)")
    await own.upgrade()
    assert await execute(own, "SELECT first FROM bases") == [(1,)]
    assert await own.check() == []


async def test_where_a_database_stands_can_be_written_down(migrations: MakeMigrations) -> None:
    own = migrations(Base)
    path = await started(own)
    await own.stamp("base")
    assert [(step.taken, step.head) for step in await own.history()] == [(False, True)]
    await own.stamp("heads")
    (step,) = await own.history()
    assert (step.taken, step.says, step.path) == (True, "Begin.", str(path))


async def test_the_sql_of_what_is_waiting_can_be_read_first(migrations: MakeMigrations) -> None:
    own = migrations(Base)
    await started(own)
    new = migrations(base("first"))
    assert await new.revision("First") is not None
    text = await new.upgrade_sql()
    assert "ALTER TABLE bases ADD COLUMN first BIGINT;" in text
    assert "CREATE TABLE bases" not in text
    assert len(await new.pending()) == 1


async def test_two_steps_of_one_name_in_a_minute_are_two_files(migrations: MakeMigrations) -> None:
    first = migrations(Base)
    await started(first)
    assert await migrations(base("first")).revision("Begin") is not None
    assert len([*first.folders["test"].glob("*begin.py")]) == 2


async def test_one_step_back_from_a_merge_takes_back_the_merge(migrations: MakeMigrations, tmp_path: Path) -> None:
    own = await branched(migrations, tmp_path)
    assert await own.merge("both") is not None
    await own.upgrade()
    await own.downgrade("-1")
    assert [step.says for step in await own.history() if not step.taken] == ["both."]
    await own.upgrade()
    assert await own.pending() == []
