"""Why somebody may do something is told rule by rule, to whoever sits at the machine."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from framework.errors import Invalid, NotFound
from framework.settings import Settings
from resources.accounts.project import DEFAULT_PROJECT
from resources.accounts.roles import Role
from resources.cli import keys, members, users
from resources.cli.explain import explain
from tests.resources.cli.conftest import Run

EMAIL = "ada@example.com"


@pytest.fixture
async def key(settings: Settings, said: Run) -> str:
    """A key of somebody who develops, for reading and one action."""
    await said(users.create(EMAIL, json=True))
    await said(members.add(EMAIL, "default", Role.DEVELOPER, json=True))
    issued = await said(keys.create("a key", user=EMAIL, scope=["read", "Project.update"], json=True))
    return str(issued["key"])


async def test_somebody_is_named_by_email_by_prefix_or_by_a_key_on_standard_input(
    key: str, said: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(key + "\n"))
    told: list[Any] = [
        await said(explain("Project.update", str(DEFAULT_PROJECT), who=who, json=True))
        for who in (EMAIL, key.split("_")[1], key, "-")
    ]
    assert all(each == told[0] for each in told)
    assert (told[0]["allowed"], told[0]["why"]) == (False, "nothing allows it")
    answers = [(rule["effect"], rule["answer"], rule["decided"]) for rule in told[0]["rules"] if rule["answer"]]
    assert answers == [("bypass", "no", False), ("allow", "no", False)]


async def test_what_a_key_is_not_for_is_said(key: str, said: Run) -> None:
    told = await said(explain("Program.create", None, who=key, json=True))
    assert (told["allowed"], told["why"]) == (False, "the key is not for this action")
    told = await said(explain("Program.create", None, who=EMAIL, json=True))
    assert (told["allowed"], told["why"]) == (None, "that hangs on the record")


async def test_it_is_printed_for_people(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    await explain("Project.update", str(DEFAULT_PROJECT), who=EMAIL)
    printed = capsys.readouterr().out
    assert printed.startswith("Project.update  refused: nothing allows it")
    assert "is about other actions" in printed


async def test_nobody_and_nothing_is_told_as_such(key: str, said: Run) -> None:
    for action, who in (("Project.update", "eve@example.com"), ("Project.update", "zzzz"), ("Project.renew", EMAIL)):
        with pytest.raises(NotFound):
            await explain(action, None, who=who)
    await said(keys.revoke(key, json=True))
    with pytest.raises(Invalid, match="may do nothing any more"):
        await explain("Project.update", None, who=key)
