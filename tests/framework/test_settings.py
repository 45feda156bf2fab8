from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from framework.errors import Invalid
from framework.setting_forms import LogLevel
from framework.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_outer_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", *(f"DSPEX_{field.upper()}" for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)


def test_without_anything_set_it_is_local_and_embedded() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path(".dspex"))
    assert settings.database_url is None
    assert settings.redis_url is None


def test_variables_are_read_with_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_PORT", "9000")
    monkeypatch.setenv("DSPEX_LOG_LEVEL", "debug")
    monkeypatch.setenv("PORT", "1")
    settings = load_settings()
    assert (settings.port, settings.log_level) == (9000, LogLevel.DEBUG)


def test_the_addresses_of_servers_are_read_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a/b")
    monkeypatch.setenv("REDIS_URL", "redis://a/1")
    settings = load_settings()
    assert (settings.database_url, settings.redis_url) == ("postgresql://a/b", "redis://a/1")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DSPEX_PORT", "")
    assert load_settings().database_url is None
    assert load_settings().port == 8000


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://a/b")
    settings = load_settings(port=9001, database_url="postgresql://c/d")
    assert (settings.port, settings.database_url) == (9001, "postgresql://c/d")


def test_every_bad_variable_is_named_at_once_and_its_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSPEX_PORT", "hunter2")
    monkeypatch.setenv("DSPEX_WORKER_CONCURRENCY", "0")
    with pytest.raises(Invalid) as caught:
        load_settings()
    assert [issue.message for issue in caught.value.issues] == [
        "DSPEX_PORT: has to be a whole number",
        "DSPEX_WORKER_CONCURRENCY: has to be 1 or more",
    ]
    assert "hunter2" not in str(caught.value)


def test_records_are_kept_for_days_or_for_ever() -> None:
    kept = load_settings(retention="Event=30, Execution=never,Job=0.5").retention_days
    assert kept == {"Event": 30.0, "Execution": None, "Job": 0.5}
    assert load_settings().retention_days == {}


@pytest.mark.parametrize("given", ["Event", "Event=", "Event=0", "Event=-1", "Event=soon", "Event=1=2"])
def test_what_is_no_number_of_days_is_refused(given: str) -> None:
    with pytest.raises(Invalid, match="DSPEX_RETENTION: write a resource and for how many days"):
        load_settings(retention=given)


def test_a_lease_must_hold_two_heartbeats() -> None:
    with pytest.raises(Invalid, match="DSPEX_HEARTBEAT_SECONDS: two heartbeats must fit in a lease of 3 seconds"):
        load_settings(lease_seconds=3, heartbeat_seconds=2)


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid, match="DSPEX_PROT: is nothing that can be said here"):
        load_settings(prot=1)


def test_passwords_are_not_shown() -> None:
    settings = load_settings(database_url="postgresql://me:hunter2@a/b", redis_url="redis://:hunter2@a")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


@pytest.mark.parametrize(
    "url", ["unix:/run/redis", "unix://run/redis", "unix:///", "redis://", "redis:///1", "redis://a:x", "amqp://a", "a"]
)
def test_what_is_no_address_of_a_redis_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(Invalid) as caught:
        load_settings()
    (issue,) = caught.value.issues
    assert issue.path == ("REDIS_URL",)
    assert "redis://host:6379/0, rediss://host:6379/0 or unix:///path" in issue.message


@pytest.mark.parametrize("url", ["redis://a", "rediss://:secret@a:6380/2", "redis://[::1]:6379", "unix:///run/r?db=1"])
def test_every_form_of_a_redis_address_is_read(url: str) -> None:
    assert load_settings(redis_url=url).redis_url == url


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]  # that it is refused is the point


def test_several_domains_are_named_with_commas() -> None:
    assert load_settings(domains="resources:PLATFORM, shop:SHOP,").domain_names == ("resources:PLATFORM", "shop:SHOP")


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().origins == ()
    monkeypatch.setenv("DSPEX_CORS_ORIGINS", "https://app.example.com, http://localhost:5173,http://[::1]:3000,")
    assert load_settings().origins == ("https://app.example.com", "http://localhost:5173", "http://[::1]:3000")


@pytest.mark.parametrize("given", ["*", "https://a.example,*", "https://*.example.com"])
def test_any_origin_at_all_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        load_settings(cors_origins=given)
    (issue,) = refused.value.issues
    assert issue.message == (
        "DSPEX_CORS_ORIGINS: `*` would let every web page act here; name each origin, as https://app.example.com"
    )


@pytest.mark.parametrize(
    "given",
    ["null", "app.example.com", "ftp://a.example", "https://a.example/", "https://a.example/app", "https://A.example",
     "https://a.example:443", "http://a.example:80", "http://a:0", "http://a:x", "https://me@a.example", "https://",
     "https://a.example https://b.example", "https://bücher.example"],
)  # fmt: skip
def test_what_no_browser_sends_as_an_origin_is_refused(given: str) -> None:
    with pytest.raises(Invalid, match="DSPEX_CORS_ORIGINS: an origin is written as a browser sends it"):
        load_settings(cors_origins=given)


@pytest.mark.parametrize(
    ("given", "local"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.168.0.1"}, False),
        ({"host": "example.com"}, False),
        ({"allowed_hosts": "dspex.example.com"}, False),
        ({"proxies": "127.0.0.1"}, False),
    ],
)
def test_what_others_can_reach_is_not_local(given: dict[str, str], local: object) -> None:
    assert load_settings(**given).is_local is local


def test_it_is_called_by_the_names_it_is_given_and_the_address_it_listens_on() -> None:
    assert load_settings(host="0.0.0.0", allowed_hosts="a.example, *.b.example").host_names == (
        "a.example",
        "*.b.example",
    )
    assert load_settings(host="192.168.0.1").host_names == ("192.168.0.1", "[192.168.0.1]")
    assert load_settings().host_names == ()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_every_loopback_address_will_do(host: str) -> None:
    assert load_settings(host=host).host == host


def test_each_database_has_names_of_its_own_in_redis_whoever_logs_in() -> None:
    def prefix(url: str) -> str:
        return load_settings(database_url=url).prefix

    here = prefix("postgresql://ann:secret@db:5432/shop")
    assert here == prefix("postgresql://bob@db:5432/shop")
    assert "secret" not in here
    others = (
        "postgresql://db:5433/shop",
        "postgresql://db:5432/toys",
        "postgresql:///shop?host=/run",
        "postgresql:///shop?host=/tmp",
    )
    assert len({here, *map(prefix, others)}) == 5
    assert load_settings(redis_prefix="mine:").prefix == "mine:"
    with pytest.raises(Invalid, match="DSPEX_REDIS_PREFIX"):
        load_settings(redis_prefix="my own")
