"""Two lines of steps, one of which takes away what the other speaks of: told as they are joined, and when one fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal  # noqa: F401 - the annotations of `sized` are texts
from uuid import UUID

import pytest
from alembic.config import CommandLine

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, index
from framework.errors import Conflict, Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import UNDECIDED, Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

ROOT, UPGRADE = Path(__file__).parents[2], "def upgrade() -> None:\n"
INI = """
[alembic]
script_location = {root}/migrations
version_locations = {steps}
path_separator = os
"""
DROPS = Decisions(drops=("shelfs",))


def shelf(body: type) -> type[Resource]:
    """What the class declares, as a resource `Shelf`."""
    said = {word: vars(body)[word] for word in ("dropped",) if word in vars(body)}
    return type("Shelf", (body,), {"__module__": __name__, **said})


class Shelf(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[str] = attribute()
    b: Attr[str] = attribute()


class Titled(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(renamed_from="a")
    b: Attr[str] = attribute()


class Indexed(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[str] = attribute()
    b: Attr[str] = attribute()
    by_a = index(a)


class TitledAndIndexed(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(renamed_from="a")
    b: Attr[str] = attribute()
    by_title = index(title)


class Checked(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[str] = attribute()
    b: Attr[str] = attribute()
    told = check(b != "a")


class Shorter(Resource):
    dropped = ("a",)
    id: Attr[UUID] = primary_key()
    b: Attr[str] = attribute()


class Longer(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[str] = attribute()
    b: Attr[str] = attribute()
    n: Attr[int | None] = attribute()


class ShorterAndLonger(Resource):
    id: Attr[UUID] = primary_key()
    b: Attr[str] = attribute()
    n: Attr[int | None] = attribute()


class Lone(Resource):
    id: Attr[UUID] = primary_key()


class Board(Resource):
    renamed_from = "Shelf"
    id: Attr[UUID] = primary_key()
    a: Attr[str] = attribute()
    b: Attr[str] = attribute()


class Book(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[str] = attribute()
    stands: One[Shelf] = belongs_to()


@dataclass(frozen=True, slots=True)
class Lines:
    """The steps of two people, each after the first one, which the database has taken."""

    own: Migrations
    first: Path
    second: Path


async def two_lines(
    migrations: MakeMigrations, aside: Path, *written: list[type[Resource]], begin: type[Resource] = Shelf
) -> Lines:
    own = migrations(begin)
    await started(own)
    folder, paths = own.folders["test"], []
    for number, declared in enumerate(written):
        # Each works on a copy that has not the other's step yet.
        path = await migrations(*declared).revision(f"Line {number}", DROPS if declared == [Lone] else UNDECIDED)
        assert path is not None
        paths.append(path.rename(aside / path.name))
    first, second = (path.rename(folder / path.name) for path in paths)
    return Lines(own, first, second)


async def take(lines: Lines, taken: Path) -> None:
    """The database of one of the two takes their step, before there is the other's."""
    (other,) = {lines.first, lines.second} - {taken}
    aside = other.rename(other.with_suffix(".aside"))
    await lines.own.upgrade()
    aside.rename(other)


def revision_of(path: Path) -> str:
    return path.read_text().partition("\nrevision = '")[2].partition("'")[0]


async def refused(lines: Lines) -> Invalid:
    there = {*lines.first.parent.iterdir()}
    with pytest.raises(Invalid) as caught:
        await lines.own.merge("both")
    assert {*lines.first.parent.iterdir()} == there
    assert caught.value.issues[0].code == "lines_meet"
    return caught.value


async def test_a_line_that_renames_what_the_other_indexes_is_not_joined_with_it(
    migrations: MakeMigrations, tmp_path: Path
) -> None:
    lines = await two_lines(migrations, tmp_path, [shelf(Titled)], [shelf(Indexed)])
    (issue,) = (await refused(lines)).issues
    first, second = revision_of(lines.first), revision_of(lines.second)
    assert f"{first} (Line 0) renames `shelfs.a` to `shelfs.title`, of which speaks {second} (Line 1)" in issue.message
    assert lines.second.name in str(issue.hint)
    assert issue.params["anew"] == [second]


async def test_the_line_that_a_database_has_taken_stays(migrations: MakeMigrations, tmp_path: Path) -> None:
    lines = await two_lines(migrations, tmp_path, [shelf(Titled)], [shelf(Indexed)])
    await take(lines, lines.second)
    (issue,) = (await refused(lines)).issues
    assert issue.params["anew"] == [revision_of(lines.first)]


async def test_the_way_out_leads_to_what_both_declare(migrations: MakeMigrations, tmp_path: Path) -> None:
    lines = await two_lines(migrations, tmp_path, [shelf(Titled)], [shelf(Indexed)])
    await take(lines, lines.second)
    shared = str((await refused(lines)).issues[0].hint).partition("dspex downgrade ")[2].partition(";")[0]
    await lines.own.downgrade(shared)
    lines.second.unlink()
    both = migrations(shelf(TitledAndIndexed))
    await both.upgrade()
    assert await both.revision("Index") is not None
    await both.upgrade()
    assert await both.check() == []
    await execute(both, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    await both.upgrade()
    assert await both.check() == []


Declared = list[type[Resource]]
MEETING: dict[str, tuple[Declared, Declared, str]] = {
    "dropped": ([shelf(Shorter)], [shelf(Indexed)], "drops `shelfs.a`, of which speaks"),
    "dropped and renamed": ([shelf(Shorter)], [shelf(Titled)], " `shelfs.a`"),
    "table": ([shelf(Longer)], [Board], "renames `shelfs` to `boards`, of which speaks"),
    "led to": ([Board], [Shelf, Book], "renames `shelfs` to `boards`, of which speaks"),
    "whole table": ([Lone], [shelf(Longer)], "drops `shelfs`, of which speaks"),
    "made twice": ([shelf(Longer)], [shelf(Longer)], "makes `shelfs.n`, and so does"),
}
BESIDE: dict[str, tuple[Declared, Declared]] = {
    "another column": ([shelf(Titled)], [shelf(Longer)]),
    "a value like its name": ([shelf(Titled)], [shelf(Checked)]),
    "a column of another table": ([shelf(Shorter)], [Shelf, Book]),
    "column and index": ([shelf(Longer)], [shelf(Indexed)]),
}


@pytest.mark.parametrize("meeting", MEETING.values(), ids=MEETING)
async def test_what_one_line_takes_away_and_the_other_speaks_of_is_told(
    migrations: MakeMigrations, tmp_path: Path, meeting: tuple[Declared, Declared, str]
) -> None:
    lines = await two_lines(migrations, tmp_path, *meeting[:2])
    assert meeting[2] in (await refused(lines)).issues[0].message


@pytest.mark.parametrize("declared", BESIDE.values(), ids=BESIDE)
async def test_lines_that_do_not_meet_are_joined(
    migrations: MakeMigrations, tmp_path: Path, declared: tuple[Declared, Declared]
) -> None:
    lines = await two_lines(migrations, tmp_path, *declared)
    assert await lines.own.merge("both") is not None
    await lines.own.upgrade()
    await execute(lines.own, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    await lines.own.upgrade()


async def test_lines_that_meet_in_words_alone_are_joined_as_the_refusal_says(
    migrations: MakeMigrations, tmp_path: Path
) -> None:
    lines = await two_lines(migrations, tmp_path, [shelf(Shorter)], [shelf(Longer)])
    written = lines.second.read_text().replace(
        UPGRADE, f"{UPGRADE}    op.execute(\"UPDATE shelfs AS a SET b = 'x'\")\n"
    )
    lines.second.write_text(written)
    hint = str((await refused(lines)).issues[0].hint)
    names = hint.partition("alembic merge ")[2].split()[:2]
    (tmp_path / "alembic.ini").write_text(INI.format(root=ROOT, steps=lines.first.parent))
    CommandLine().main(["-c", str(tmp_path / "alembic.ini"), "merge", "-m", "both", *names])
    await lines.own.upgrade()
    assert await migrations(shelf(ShorterAndLonger)).check() == []


def sized(*sizes: str) -> type[Resource]:
    """A resource with a column of these choices."""
    body = {"id": primary_key(), "size": attribute()}
    annotations = {"id": "Attr[UUID]", "size": f"Attr[Literal[{', '.join(map(repr, sizes))}]]"}
    return type("Shirt", (Resource,), {"__module__": __name__, "__annotations__": annotations, **body})


async def test_a_rule_that_both_lines_make_anew_is_told(migrations: MakeMigrations, tmp_path: Path) -> None:
    declared = [[sized("s", "m")], [sized("s", "l")]]
    lines = await two_lines(migrations, tmp_path, *declared, begin=sized("s"))
    assert "makes anew `shirts.ck_shirts_size_choices`, of which speaks" in (await refused(lines)).issues[0].message


async def test_a_name_is_followed_along_a_line(migrations: MakeMigrations, tmp_path: Path) -> None:
    lines = await two_lines(migrations, tmp_path, [Board], [shelf(Indexed)])
    begun = revision_of(lines.first)
    later = lines.first.read_text().replace(begun, "later").replace("('shelfs', 'boards')", "('boards', 'b', 'c')")
    later = later.replace("down_revision = '", f"down_revision = '{begun}' # '")
    lines.first.with_name("later.py").write_text(later)
    other = lines.second.read_text().replace("['a']", "['b']")
    lines.second.with_name("other.py").write_text(other)
    lines.second.unlink()
    message = (await refused(lines)).issues[0].message
    assert f"{begun} (Line 0) renames `shelfs` to `boards`, of which speaks" in message
    assert "later (Line 0) renames `shelfs.b` to `boards.c`, of which speaks" in message


@pytest.mark.parametrize(
    "declared",
    [([shelf(Titled)], [shelf(Indexed)]), ([shelf(Longer)], [shelf(Longer)])],
    ids=["taken away", "there already"],
)
async def test_a_step_that_fails_names_the_one_beside_it(
    migrations: MakeMigrations, tmp_path: Path, declared: tuple[Declared, Declared]
) -> None:
    lines = await two_lines(migrations, tmp_path, *declared)
    first, second = revision_of(lines.first), revision_of(lines.second)
    await take(lines, lines.first)
    # Joined by hand, as `dspex merge` refuses it.
    joined = lines.first.read_text().replace(first, "joined").partition("def upgrade")[0]
    joined = joined.replace("down_revision = '", f"down_revision = ('{first}', '{second}') # '")
    lines.first.with_name("joined.py").write_text(f"{joined}def upgrade(): pass")
    with pytest.raises(Conflict, match="failed: column") as caught:
        await lines.own.upgrade()
    hint = str(caught.value.issues[0].hint)
    assert f"{first} (Line 0)" in hint
    assert "written beside each other" in hint


async def test_what_no_step_has_taken_away_was_taken_by_hand(migrations: MakeMigrations) -> None:
    await started(migrations(Shelf))
    own = migrations(shelf(Indexed))
    assert await own.revision("Index") is not None
    await execute(own, "ALTER TABLE shelfs DROP COLUMN a")
    with pytest.raises(Conflict) as caught:
        await own.upgrade()
    assert "by hand" in str(caught.value.issues[0].hint)
