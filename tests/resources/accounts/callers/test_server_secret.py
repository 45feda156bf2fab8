"""The server's own secret: made once, for its owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from framework.errors import Invalid
from framework.settings import load_settings
from resources.accounts.callers.server_secret import server_secret


def test_it_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data")
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: server_secret(settings).value, range(64)))
    assert len(set(made)) == 1
    assert len(made[0]) >= 32
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    server_secret(settings)
    (tmp_path / "key_secret").chmod(0o640)
    with pytest.raises(Invalid, match="others can read"):
        server_secret(settings)


@pytest.mark.parametrize("given", ["", "short", " " * 64, "x" * 31])
def test_one_that_could_be_guessed_is_refused(given: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(given)
    file.chmod(0o600)
    with pytest.raises(Invalid, match="are the least"):
        server_secret(load_settings(key_secret_file=file, data_dir=tmp_path))


def test_one_that_is_not_there_is_told_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        server_secret(load_settings(key_secret_file=tmp_path / "none", data_dir=tmp_path))


def test_a_digest_serves_one_purpose(tmp_path: Path) -> None:
    secret = server_secret(load_settings(key_secret="x" * 32, data_dir=tmp_path))
    assert len({secret.digest_of_key("a"), secret.digest_of_cookie("a"), secret.csrf_token("a")}) == 3
    assert "xxx" not in repr(secret)
    assert list(tmp_path.iterdir()) == []
