"""What a key's scopes name, and what they do not."""

from __future__ import annotations

import pytest

from framework.spec.key_scopes import scopes_allow, unknown_scopes, within
from tests.installation.installation import DOMAIN

EXECUTE, BROWSE = DOMAIN.action("Program", "execute"), DOMAIN.action("Dataset", "browse")


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (None, (True, True)),
        ([], (False, False)),
        (["*"], (True, True)),
        (["read"], (False, True)),
        (["Program.execute"], (True, False)),
        (["Program.*"], (True, False)),
        (["Dataset.*", "Program.execute"], (True, True)),
        (["Program"], (False, False)),
        (["program.execute"], (False, False)),
        (["Program.exec*"], (False, False)),
        (["Programs.*", "*.execute", "*.*", ".*", "."], (False, False)),
        (["Dataset.read"], (False, False)),
    ],
)
def test_an_action_is_allowed_by_what_names_it(scopes: list[str] | None, allowed: tuple[bool, bool]) -> None:
    assert (scopes_allow(scopes, EXECUTE), scopes_allow(scopes, BROWSE)) == allowed


def test_a_scope_that_names_nothing_is_told_with_what_was_meant() -> None:
    issues = list(unknown_scopes(["read", "Dataset.*", "Program.execut", "*.*"], DOMAIN))
    assert [issue.path for issue in issues] == [("scopes", 2), ("scopes", 3)]
    assert issues[0].hint == "did you mean `Program.execute`?"


@pytest.mark.parametrize(
    ("asked", "own", "allowed"),
    [
        (["*"], None, True),
        (["*"], ["read", "Program.*"], False),
        (["read"], ["*"], True),
        (["Program.browse"], ["read"], True),
        (["Program.execute"], ["read"], False),
        (["Program.*"], [f"Program.{name}" for name in DOMAIN.resources["Program"].actions], False),
        ([], ["read"], True),
        (["Nothing.*"], ["read"], False),
    ],
)
def test_what_is_asked_for_lies_within_what_one_has(asked: list[str], own: list[str] | None, allowed: object) -> None:
    assert within(asked, own, DOMAIN) is allowed
