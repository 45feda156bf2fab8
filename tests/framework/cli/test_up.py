"""A whole installation in one terminal, ended in every way there is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from framework.cli.single_instance import free_port
from framework.testing.until import PATIENCE, until
from tests.command_line import command_line

ROOT = Path(__file__).parents[3]
# A machine that does much else takes this long to start everything.


class Up:
    """A running `dspex up`."""

    def __init__(self, data: Path, port: int, path: Sequence[Path]) -> None:
        self.data = data
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *path)))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "framework.cli.main", "up", "--json", "--port", str(port), "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )

    def place(self) -> Any:
        """What it says when everything runs."""
        return next(said for said in self._says() if "url" in said)

    def says_next(self) -> str:
        """What happens next."""
        return str(next(self._says())["says"])

    def everything(self) -> list[psutil.Process]:
        """Every process that it has started, those of the servers too."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def _says(self) -> Iterator[Any]:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        for line in self.process.stdout:
            yield json.loads(line)
        raise AssertionError(f"it ended: {self.process.stderr.read()}")


@pytest.fixture
def up(short_dir: Path) -> Iterator[Callable[..., Up]]:
    """Starts an installation in a folder of the test's own; its processes find modules at `path` too."""
    started: list[Up] = []

    def start(*path: Path, port: int = 0) -> Up:
        started.append(Up(short_dir, port, path))
        return started[-1]

    yield start
    for each in started:
        each.process.terminate()
        each.process.communicate()


async def test_it_serves_keeps_serving_and_leaves_nothing(up: Callable[..., Up]) -> None:
    first = up()
    url = first.place()["url"]
    here = {"database": True, "redis": True, "worker": True, "schema": "as this program knows it"}
    first_look = ready(url)
    assert first_look.pop("feed_lag_seconds") >= 0
    assert first_look == {"status": "ok", "disk": "can be written to", **here}

    second = up()
    out, _ = second.process.communicate(timeout=PATIENCE)
    assert second.process.returncode == 1
    assert json.loads(out)["error"]["issues"][0]["code"] == "data_dir_in_use"

    started = first.everything()
    (api,) = [each for each in started if "api" in command_line(each)]
    api.kill()
    assert "api ended with -9 and is started again" in first.says_next()
    await until(lambda: ready(url).get("status") == "ok")

    started = first.everything()
    assert {"worker", "api"} <= {word for each in started for word in command_line(each)}
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(timeout=PATIENCE) == 0
    assert psutil.wait_procs(started, timeout=PATIENCE)[1] == []


async def test_it_is_ready_once_the_worker_takes_messages_and_not_before(up: Callable[..., Up], tmp_path: Path) -> None:
    go, port = tmp_path / "go", free_port("127.0.0.1", 0)
    first_in_the_worker(tmp_path, f"while not os.path.exists({str(go)!r}): time.sleep(0.05)")
    held = asyncio.create_task(asyncio.to_thread(up(tmp_path, port=port).place))
    await until(lambda: ready(f"http://127.0.0.1:{port}").get("status") == "ok")
    await asyncio.sleep(0.5)
    assert not held.done()
    go.touch()
    assert (await asyncio.wait_for(held, PATIENCE))["url"] == f"http://127.0.0.1:{port}"


def test_a_worker_that_cannot_start_is_told_and_nothing_is_ready(up: Callable[..., Up], tmp_path: Path) -> None:
    first_in_the_worker(tmp_path, "print('no room for a worker', file=sys.stderr, flush=True); os._exit(3)")
    out, _ = up(tmp_path).process.communicate(timeout=PATIENCE)
    told = [json.loads(line) for line in out.splitlines()]
    assert [each["says"].partition(" ")[0] for each in told[:-1]] == ["starting", "migrated:"]
    (issue,) = told[-1]["error"]["issues"]
    assert (issue["code"], issue["message"]) == (
        "not_started",
        "`dspex worker` did not start; it said:\nno room for a worker",
    )


def first_in_the_worker(path: Path, statement: str) -> None:
    """Has every worker do this before anything else."""
    lines = ("import os, sys, time", "if 'worker' in sys.orig_argv:", f"    {statement}")
    (path / "sitecustomize.py").write_text("\n".join(lines))


def test_killed_it_leaves_nothing_and_the_next_one_starts(up: Callable[..., Up]) -> None:
    first = up()
    first.place()
    started = first.everything()
    first.process.kill()
    assert psutil.wait_procs(started, timeout=PATIENCE)[1] == []

    second = up()
    assert ready(second.place()["url"])["status"] == "ok"
    started = second.everything()
    second.process.send_signal(signal.SIGTERM)
    assert second.process.wait(timeout=PATIENCE) == 0
    assert psutil.wait_procs(started, timeout=PATIENCE)[1] == []


def test_an_address_that_others_could_reach_is_refused_before_anything_starts(
    up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch, short_dir: Path
) -> None:
    monkeypatch.setenv("DSPEX_HOST", "0.0.0.0")
    refused = up()
    out, _ = refused.process.communicate(timeout=PATIENCE)
    assert refused.process.returncode == 2
    (told,) = out.splitlines()
    assert json.loads(told)["error"]["issues"][0]["code"] == "no_hosts"
    assert list(short_dir.iterdir()) == []


def ready(url: str) -> Any:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).json()
    except httpx.TransportError:
        return {}
