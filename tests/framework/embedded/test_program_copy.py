"""A copy of the programs for an account that may not enter the folder they lie in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.embedded.account import Account
from framework.embedded.program_copy import copy_of, runnable

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
    (short_dir / "shared").mkdir()
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
    assert len(list((short_dir / "shared").iterdir())) == 1


def test_another_version_gets_a_copy_of_its_own(programs: Path, short_dir: Path) -> None:
    first = copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    (programs / "postgres").write_text("postgres 19")
    assert copy_of(programs, short_dir / "shared", EVERYBODY_ELSE) != first


def test_a_folder_that_others_have_a_say_in_is_not_used(programs: Path, short_dir: Path) -> None:
    (short_dir / "link").symlink_to(short_dir / "shared")
    with pytest.raises(OSError, match="link"):
        copy_of(programs, short_dir / "link", EVERYBODY_ELSE)
    (short_dir / "shared").chmod(0o777)
    copy_of(programs, short_dir / "shared", EVERYBODY_ELSE)
    assert (short_dir / "shared").stat().st_mode & 0o777 == 0o755


def test_a_folder_that_the_account_may_not_enter_is_not_used(programs: Path, short_dir: Path) -> None:
    with pytest.raises(PermissionError, match="nothing can be run from"):
        copy_of(programs, short_dir / "closed" / "shared", EVERYBODY_ELSE)


def test_programs_that_the_account_may_run_are_run_where_they_are(programs: Path) -> None:
    owner = Account(os.geteuid(), os.getegid())
    assert runnable(programs, owner) == programs
    assert runnable(programs, None) == programs
