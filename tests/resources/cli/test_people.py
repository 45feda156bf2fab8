"""The commands about users, keys and members, on an installation of their own."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from framework.actions.query import Query
from framework.cli.main import main
from framework.errors import Conflict, Invalid, NotFound
from framework.settings import Settings
from resources.accounts.password import fits
from resources.accounts.roles import Role
from resources.accounts.user import User
from resources.cli import keys, members, users
from resources.cli.server import connected
from tests.resources.accounts.callers.guarded import bearer, guarded
from tests.resources.cli.conftest import Run


async def test_somebody_is_let_in_and_shut_out(settings: Settings, said: Run) -> None:
    with pytest.raises(Invalid, match="no owner yet"):
        await keys.create("first", json=True)
    await said(users.create("ada@example.com", owner=True, json=True))
    with pytest.raises(Conflict):
        await users.create("ADA@example.com", json=True)
    issued = await said(keys.create("first", scope=["read"], days=1, json=True))
    async with guarded(settings) as served:
        assert (await served.asked(bearer(issued["key"]))).status_code == 200
        (listed,) = await said(keys.list_(json=True))
        assert (listed["user"], listed["scopes"], listed["revoked_at"]) == ("ada@example.com", ["read"], None)
        assert issued["key"].split("_")[2] not in json.dumps(listed)
        await said(keys.revoke(issued["key"], json=True))
        await said(users.create("bob@example.com", json=True))
        theirs = await said(keys.create("bob's", user="Bob@Example.com", project="default", json=True))
        assert (await served.asked(bearer(theirs["key"]))).status_code == 200
        assert (await said(users.disable("bob@example.com", json=True)))["active"] is False
        await served.other.callers.changed()
        for key in (issued, theirs):
            assert (await served.asked(bearer(key["key"]))).status_code == 401
    with pytest.raises(Conflict, match="last owner"):
        await users.disable("ada@example.com", json=True)


async def test_members_come_change_and_go(settings: Settings, said: Run) -> None:
    await said(users.create("ada@example.com", json=True))
    for role in (Role.VIEWER, Role.DEVELOPER):
        assert (await said(members.add("ada@example.com", "default", role, json=True)))["role"] == role
    await said(members.remove("ada@example.com", "default", json=True))
    for missing in (("ada@example.com", "default"), ("eve@example.com", "default"), ("ada@example.com", "no-project")):
        with pytest.raises(NotFound):
            await members.remove(*missing, json=True)


async def test_a_password_is_kept_as_what_cannot_be_turned_back(
    settings: Settings, said: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(users.create("ada@example.com", json=True))
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long enough one\n"))
    told = await said(users.password("ada@example.com", stdin=True, json=True))
    assert "password" not in json.dumps(told)
    async with guarded(settings) as served:
        (user,) = await served.session.read(User.browse, Query().selecting("password_hash"))
    assert user.password_hash is not None
    assert "long" not in user.password_hash
    assert (fits("a long enough one", user.password_hash), fits("a long enough two", user.password_hash)) == (
        True,
        False,
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    with pytest.raises(Invalid):
        await users.password("ada@example.com", stdin=True, json=True)


async def test_our_commands_show_the_key_of_the_settings(
    settings: Settings, said: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSPEX_API_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(Invalid, match="cannot be read"):
        async with connected("http://127.0.0.1:1"):
            pass
    (tmp_path / "key").write_text("dspex_of_a_file\n")
    monkeypatch.setenv("DSPEX_API_KEY_FILE", str(tmp_path / "key"))
    async with connected("http://127.0.0.1:1") as server:
        assert server.headers == {"authorization": "Bearer dspex_of_a_file"}
    monkeypatch.setenv("DSPEX_API_KEY", "dspex_of_the_environment")
    async with connected("http://127.0.0.1:1") as server:
        assert server.headers == {"authorization": "Bearer dspex_of_the_environment"}


@pytest.mark.parametrize("words", [["key", "--help"], ["user", "create", "--help"], ["member"]])
def test_each_group_of_commands_has_its_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert "Usage: dspex" in capsys.readouterr().out
