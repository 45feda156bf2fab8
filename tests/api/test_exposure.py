"""Who may be served: this machine at once, others once there is somebody who lets them in."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.exposure import first_run, refuse_exposed
from api.serve import configured
from framework.errors import Invalid
from framework.settings import Settings, load_settings
from framework.testing.until import until
from tests.installation.fixtures import Copy
from tests.installation.installation import DOMAIN
from tests.resources.accounts.callers.guarded import SECRET, bearer, guarded

HOSTS = {"host": "0.0.0.0", "allowed_hosts": "dspex.example.com"}


@pytest.fixture
async def settings(copy: Copy, tmp_path: Path) -> Settings:
    return (await copy()).model_copy(update={"key_secret": SECRET, "data_dir": tmp_path})


@pytest.mark.parametrize(
    "exposed",
    [HOSTS, {"host": "192.168.0.1"}, {"proxies": "10.0.0.7"}, {"allowed_hosts": "dspex.example.com"}],
)
async def test_others_are_not_served_before_there_is_an_owner(exposed: dict[str, str], settings: Settings) -> None:
    with pytest.raises(Invalid) as refused:
        await refuse_exposed(DOMAIN, settings.model_copy(update=exposed))
    assert refused.value.issues[0].code == "no_owner"
    assert "dspex user create" in str(refused.value.issues[0].hint)


async def test_the_names_it_is_called_by_are_said_before_it_listens_everywhere(settings: Settings) -> None:
    with pytest.raises(Invalid) as refused:
        await refuse_exposed(DOMAIN, settings.model_copy(update={"host": "0.0.0.0"}))
    assert refused.value.issues[0].code == "no_hosts"


async def test_this_machine_alone_is_served_at_once(settings: Settings) -> None:
    await refuse_exposed(DOMAIN, settings)
    assert await first_run(DOMAIN, settings) == ()


async def test_a_first_run_makes_an_owner_and_tells_a_key_once(settings: Settings) -> None:
    exposed = settings.model_copy(update=HOSTS)
    (line,) = await first_run(DOMAIN, exposed)
    await refuse_exposed(DOMAIN, exposed)
    assert await first_run(DOMAIN, exposed) == ()
    key = line.rpartition(" ")[2]
    async with guarded(settings, **HOSTS) as served:
        assert (await served.asked(bearer(key))).status_code == 200
        assert (await served.asked()).status_code == 401
        for host, status in (("dspex.example.com", 200), ("localhost", 200), ("evil.example", 400), ("0.0.0.0", 400)):
            answered = await served.asked(bearer(key), ("host", host))
            assert answered.status_code == status
            assert answered.headers["x-content-type-options"] == "nosniff"


async def test_the_process_refuses_to_start_and_says_what_to_do(settings: Settings) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "DSPEX_DATA_DIR": str(settings.data_dir),
        "DSPEX_HOST": "0.0.0.0",
        "DSPEX_ALLOWED_HOSTS": "dspex.example.com",
        "DSPEX_PORT": "0",
    }
    command = [sys.executable, "-m", "framework.cli.main", "api"]
    ran = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 2
    assert "once there is an owner" in ran.stderr
    assert "dspex user create" in ran.stderr


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """One that this machine signs for itself."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {cert} -days 1 -subj /CN=localhost"
    subprocess.run(
        ["openssl", *words.split(), "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
async def over_tls(settings: Settings, certificate: tuple[Path, Path]) -> AsyncIterator[httpx.AsyncClient]:
    cert, key = certificate
    known = settings.model_copy(update={"tls_cert": cert, "tls_key": key, "port": 0})
    server = uvicorn.Server(configured(create_app(DOMAIN, known), known))
    serving = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    trusted = ssl.create_default_context(cafile=str(cert))
    async with httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=trusted) as http:
        yield http
    server.should_exit = True
    await serving


async def test_it_speaks_tls_with_the_files_that_are_named(over_tls: httpx.AsyncClient) -> None:
    answered = await over_tls.get("/api/projects")
    assert answered.status_code == 200
    assert answered.headers["strict-transport-security"] == "max-age=15552000"
    assert "server" not in answered.headers
    # A peer of loopback is no proxy of ours: what it says of others is no more than a sign that it speaks for some.
    assert (await over_tls.get("/api/projects", headers={"x-forwarded-for": "127.0.0.1"})).status_code == 401


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("proxies", "0.0.0.0/0"),
        ("proxies", "::/0"),
        ("proxies", "proxy.example.com"),
        ("proxies", "*"),
        ("allowed_hosts", "*"),
        ("allowed_hosts", "https://dspex.example.com"),
        ("allowed_hosts", "dspex.example.com:8000"),
        ("allowed_hosts", "*.*"),
        ("tls_key", "key.pem"),
    ],
)
def test_what_would_let_everybody_in_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(Invalid):
        load_settings(**{name: wrong})
