from __future__ import annotations

from pathlib import Path

import pytest

from framework.errors import Invalid, Unavailable
from framework.lm.models.secrets import Secrets

NAMES = ("CORP_API_KEY",)


def test_a_variable_that_the_settings_name_is_read() -> None:
    assert Secrets(NAMES, environment={"CORP_API_KEY": "s3cret"}).read("CORP_API_KEY") == "s3cret"


def test_no_other_variable_is_read() -> None:
    for name in ("DATABASE_URL", "OTHER_API_KEY", "corp_api_key"):
        with pytest.raises(Invalid) as caught:
            Secrets(NAMES, environment={name: "postgres://s3cret"}).read(name)
        assert caught.value.issues[0].code == "secret_not_allowed"
        assert "s3cret" not in repr(caught.value.issues)


def test_none_is_read_unless_the_settings_name_one() -> None:
    with pytest.raises(Invalid, match="only variables that DSPEX_KEY_VARIABLES names are read"):
        Secrets(environment={"OPENAI_API_KEY": "s3cret"}).read("OPENAI_API_KEY")


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(Unavailable, match="there is no environment variable CORP_API_KEY"):
        Secrets(NAMES, environment={}).read("CORP_API_KEY")


def test_a_key_is_read_from_a_file_in_an_allowed_directory(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    assert Secrets(directories=(tmp_path,)).read(f"file:{tmp_path}/key") == "s3cret"


def test_a_file_outside_of_the_allowed_directories_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "outside").write_text("s3cret")
    (tmp_path / "keys" / "link").symlink_to(tmp_path / "outside")
    secrets = Secrets(directories=(tmp_path / "keys",))
    for path in ("outside", "keys/../outside", "keys/link"):
        with pytest.raises(Invalid) as caught:
            secrets.read(f"file:{tmp_path}/{path}")
        assert caught.value.issues[0].code == "secret_not_allowed"


def test_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        Secrets(directories=(tmp_path,)).read(f"file:{tmp_path}/nothing")


@pytest.mark.parametrize("reference", ["MY_SECRET", "file:/run/secrets/key"])
def test_a_reference_that_will_not_be_followed_is_known_before_there_is_anything_behind_it(reference: str) -> None:
    with pytest.raises(Invalid) as caught:
        Secrets(NAMES, environment={}).check(reference)
    assert caught.value.issues[0].code == "secret_not_allowed"
    Secrets(NAMES, environment={}).check("CORP_API_KEY")
