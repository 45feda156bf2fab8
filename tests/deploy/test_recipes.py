"""The recipes in docs/deploy are valid by the schemas of their tools; the compose file runs here as plain processes."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from framework.cli.single_instance import free_port
from framework.settings import unknown_variables
from framework.testing.until import PATIENCE, until

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
COMPOSE, KUBERNETES = DEPLOY / "compose.yaml", DEPLOY / "kubernetes.yaml"
GIVEN = {"POSTGRES_PASSWORD": "hunter2", "PUBLIC_ORIGIN": "https://dspex.example.com"}


def services() -> dict[str, Any]:
    """Those of the compose file, with what it asks of its environment."""
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(\w+):\?\}", lambda m: GIVEN[m[1]], COMPOSE.read_text()))
    return dict(found["services"])


def manifests() -> list[Any]:
    return [*yaml.safe_load_all(KUBERNETES.read_text())]


def test_the_compose_file_is_valid() -> None:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE))
    said = subprocess.run(check, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_manifests_are_valid() -> None:
    """`kubernetes-validate` is no requirement: it is 70 megabytes of schemas. Whoever changes them installs it."""
    validator = pytest.importorskip("kubernetes_validate")
    for each in manifests():
        validator.validate(each, "1.37", strict=True)


def test_the_manifests_belong_together() -> None:
    by_kind = {(each["kind"], each["metadata"]["name"]): each for each in manifests()}
    for (kind, _), each in by_kind.items():
        if kind == "HorizontalPodAutoscaler":
            target = each["spec"]["scaleTargetRef"]
            assert (target["kind"], target["name"]) in by_kind
        if kind in ("Deployment", "Job"):
            (labels, pod) = each["spec"]["template"]["metadata"]["labels"], each["spec"]["template"]["spec"]
            assert each["spec"].get("selector", {"matchLabels": labels})["matchLabels"] == labels
            assert pod["securityContext"]["runAsNonRoot"]
            assert pod["containers"][0]["image"] == "dspex:0.1.0"
    selector = by_kind["Service", "dspex"]["spec"]["selector"]
    assert by_kind["Deployment", "dspex-api"]["spec"]["selector"]["matchLabels"] == selector


def test_what_they_set_are_settings() -> None:
    set_here = {name for service in services().values() for name in service.get("environment", {})}
    set_there = {name for each in manifests() if each["kind"] == "ConfigMap" for name in each["data"]}
    set_there |= {each["name"] for each in kubernetes_worker()["env"]}
    assert unknown_variables(dict.fromkeys(set_here | set_there, "")) == {}


def kubernetes_worker() -> dict[str, Any]:
    """The container."""
    (found,) = [
        each for each in manifests() if (each["kind"], each["metadata"]["name"]) == ("Deployment", "dspex-worker")
    ]
    container: dict[str, Any] = found["spec"]["template"]["spec"]["containers"][0]
    return container


def probed(pulse: Path) -> bool:
    """Whether a worker that touches this file is taken for one that goes on, by both recipes."""
    by_compose = services()["worker"]["healthcheck"]["test"][1:]
    assert kubernetes_worker()["livenessProbe"]["exec"]["command"] == by_compose
    argv = [sys.executable, *(word.replace("/tmp/worker.pulse", str(pulse)) for word in by_compose[1:])]
    return subprocess.run(argv, check=False, stderr=subprocess.DEVNULL).returncode == 0


def test_a_worker_whose_pulse_is_old_is_told(tmp_path: Path) -> None:
    pulse = tmp_path / "pulse"
    assert not probed(pulse)
    pulse.touch()
    assert probed(pulse)
    long_ago = pulse.stat().st_mtime - 60
    os.utime(pulse, (long_ago, long_ago))
    assert not probed(pulse)


def test_no_file_names_where_images_or_packages_come_from() -> None:
    texts = [each.read_text() for each in DEPLOY.iterdir()]
    images = [image for text in texts for image in re.findall(r"(?:image: |FROM )(\S+)", text)]
    assert len(images) > 5
    # A host has a dot, or a port, before the first slash.
    assert [image for image in images if "/" in image and re.search(r"[.:]", image.partition("/")[0])] == []
    assert not any("index-url" in text for text in texts)


async def test_the_compose_file_serves(fresh_database_url: str, clean_redis_url: str, tmp_path: Path) -> None:
    """Its commands with its settings, on the loopback of this machine: only the servers are elsewhere."""
    port = str(free_port("127.0.0.1", 0))
    pulse = tmp_path / "pulse"
    here = {"DATABASE_URL": fresh_database_url, "REDIS_URL": clean_redis_url, "DSPEX_PORT": port}
    here["DSPEX_PULSE_FILE"] = str(pulse)
    known = services()
    with started(known["migrate"], here) as migrate:
        assert await asyncio.to_thread(migrate.wait, PATIENCE) == 0
    url = f"http://127.0.0.1:{port}/readyz"
    with started(known["api"], here) as api, started(known["worker"], here) as worker:

        async def ready() -> bool:
            assert (api.poll(), worker.poll()) == (None, None)
            try:
                answer = await asyncio.to_thread(httpx.get, url, trust_env=False, timeout=PATIENCE)
            except httpx.TransportError:
                return False
            return answer.is_success and bool(answer.json()["worker"])

        await until(ready)
        _, python, *words = known["api"]["healthcheck"]["test"]
        assert python == "python"
        probe = [sys.executable, *(word.replace(":8000", f":{port}") for word in words)]
        await asyncio.to_thread(subprocess.run, probe, check=True)
        assert await asyncio.to_thread(probed, pulse)
        for each in (api, worker):
            each.terminate()
        assert [await asyncio.to_thread(each.wait, PATIENCE) for each in (api, worker)] == [0, 0]


@contextmanager
def started(service: Any, here: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A service as a process, ended by force if the test did not."""
    environment = {**os.environ, **service["environment"], **here, "PYTHONPATH": str(ROOT)}
    argv = (sys.executable, "-m", "framework.cli.main", *service["command"])
    with subprocess.Popen(argv, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()
