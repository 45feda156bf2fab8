"""A copy of the programs for an account that may not enter the folder they lie in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.embedded.account import Account
from framework.embedded.process import Command, start, stop
from framework.embedded.program_copy import NAME, copy_around, copy_of, runnable

EVERYBODY_ELSE = Account(54321, 54321)


@pytest.fixture
def programs(short_dir: Path) -> Path:
    """What a wheel carries, installed for nobody else to read."""
    home = short_dir / "closed" / "carrier" / "postgres"
    for path in (
        home / "bin" / "postgres",
        home / "lib" / "vector.so",
        short_dir / "closed" / "carrier.libs" / "pq.so",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
        path.chmod(0o700 if path.name == "postgres" else 0o600)
    (short_dir / "closed").chmod(0o700)
    short_dir.chmod(0o755)
    return home / "bin"


def test_the_account_may_run_the_copy_and_finds_beside_it_what_it_needs(programs: Path, short_dir: Path) -> None:
    assert not EVERYBODY_ELSE.can_run(programs / "postgres")
    copy = copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    assert EVERYBODY_ELSE.can_run(copy / "postgres")
    assert (copy / "postgres").stat().st_uid == os.geteuid()
    assert (copy / "../lib/vector.so").stat().st_mode & 0o777 == 0o644
    assert (copy / "../../../carrier.libs/pq.so").read_text() == "pq.so"


def test_a_copy_is_made_once_and_anew_when_it_is_not_what_it_was(programs: Path, short_dir: Path) -> None:
    copy = copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    made = copy.stat().st_ino
    assert copy_of(programs, short_dir / "shared", EVERYBODY_ELSE).stat().st_ino == made
    (copy / "postgres").write_text("something else")
    assert (copy_of(programs, short_dir / "shared", EVERYBODY_ELSE) / "postgres").read_text() == "postgres"


@pytest.mark.parametrize("part", [".", "postgres", "../lib"])
def test_a_copy_that_somebody_else_can_write_to_is_made_anew(programs: Path, short_dir: Path, part: str) -> None:
    copy = copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    made = copy.stat().st_ino
    (copy / part).chmod(0o777)
    assert copy_of(programs, short_dir / "shared", EVERYBODY_ELSE).stat().st_ino != made
    assert (copy / part).stat().st_mode & 0o022 == 0


def test_a_copy_with_a_link_in_it_is_made_anew(programs: Path, short_dir: Path) -> None:
    copy = copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    (copy / "postgres").rename(copy / "other")
    (copy / "postgres").symlink_to("other")
    assert not (copy_of(programs, short_dir / "shared", EVERYBODY_ELSE) / "postgres").is_symlink()


def copies(folder: Path) -> list[str]:
    """What lies in the folder of the copies, but for its lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def test_another_version_replaces_a_copy_that_nobody_uses(programs: Path, short_dir: Path) -> None:
    folder = short_dir / NAME
    (first,) = [copy_around(copy_of(programs, folder, EVERYBODY_ELSE) / "postgres")]
    assert first is not None
    (programs / "postgres").write_text("postgres 19")
    second = copy_around(copy_of(programs, folder, EVERYBODY_ELSE) / "postgres")
    assert second is not None
    assert first != second
    assert copies(folder) == [second.name]


async def test_a_copy_that_a_program_is_run_from_is_kept(programs: Path, short_dir: Path) -> None:
    folder = short_dir / NAME
    used = copy_around(copy_of(programs, folder, EVERYBODY_ELSE) / "postgres")
    assert used is not None
    process = await start(Command(["/bin/sleep", "60"], short_dir / "log", Path("/"), kept=[used]))
    (programs / "postgres").write_text("postgres 19")
    copy_of(programs, folder, EVERYBODY_ELSE)
    assert used.name in copies(folder)
    assert len(copies(folder)) == 2
    await stop(process, ())
    copy_of(programs, folder, EVERYBODY_ELSE)
    assert len(copies(folder)) == 1


def test_a_copy_half_made_by_a_start_that_was_killed_is_removed(programs: Path, short_dir: Path) -> None:
    copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    (short_dir / "shared" / "draft-killed" / "bin").mkdir(parents=True)
    copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    assert len(copies(short_dir / "shared")) == 1


def test_a_folder_that_others_have_a_say_in_is_not_used(programs: Path, short_dir: Path) -> None:
    (short_dir / "shared").mkdir()
    (short_dir / "link").symlink_to(short_dir / "shared")
    with pytest.raises(PermissionError, match=r"have a say in what lies in .*/link"):
        copy_of(programs, short_dir / "link", EVERYBODY_ELSE)
    for rights in (0o777, 0o775):
        (short_dir / "shared").chmod(rights)
        with pytest.raises(PermissionError, match=r"have a say in what lies in .*/shared"):
            copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
        assert (short_dir / "shared").stat().st_mode & 0o777 == rights
    assert list((short_dir / "shared").iterdir()) == []


def test_a_folder_that_can_be_put_aside_by_others_is_not_used(programs: Path, short_dir: Path) -> None:
    short_dir.chmod(0o777)
    with pytest.raises(PermissionError, match=f"have a say in what lies in {short_dir.resolve()}$"):
        copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)


def test_a_folder_that_the_account_may_not_enter_is_not_used(programs: Path, short_dir: Path) -> None:
    with pytest.raises(PermissionError, match="nothing can be run from"):
        copy_of(programs, short_dir / "closed" / "shared", EVERYBODY_ELSE)


def test_programs_that_the_account_may_run_are_run_where_they_are(programs: Path) -> None:
    owner = Account(os.geteuid(), os.getegid())
    assert runnable(programs, owner) == programs
    assert runnable(programs, None) == programs
