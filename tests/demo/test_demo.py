"""The main job, as a newcomer runs it; and interrupted at moments that hurt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from framework.testing.until import PATIENCE

ROOT = Path(__file__).parents[2]
KEYS = {
    *("program_id", "baseline_score", "optimized_score", "holdout_n", "optimizer", "trials", "progress_events"),
    *("execution", "seconds"),
}


def start(data: Path) -> subprocess.Popen[str]:
    """Begins the demo, in a folder of the test's own."""
    return subprocess.Popen(
        [sys.executable, "-m", "framework.cli.main", "demo", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def interrupted_at(data: Path, moment: str) -> None:
    """Presses Ctrl-C when the demo says something; asserts that it ends with all it has started."""
    demo = start(data)
    assert demo.stderr is not None
    assert any(moment in line for line in demo.stderr)
    started = psutil.Process(demo.pid).children(recursive=True)
    # As a terminal does it: every process of the group hears it.
    os.killpg(demo.pid, signal.SIGINT)
    out, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 130
    assert json.loads(out.splitlines()[-1])["error"]["kind"] == "Interrupted"
    assert psutil.wait_procs(started, timeout=PATIENCE)[1] == []


def test_ctrl_c_at_any_moment_leaves_nothing_and_the_next_run_does_it_all(short_dir: Path) -> None:
    for moment in ("starting PostgreSQL", "migrated", "1/11"):
        interrupted_at(short_dir, moment)

    demo = start(short_dir)
    out, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    told = json.loads(out.splitlines()[-1])
    assert told.keys() == KEYS
    assert told["optimized_score"] > told["baseline_score"]
    assert (told["holdout_n"], told["trials"]) == (78, 11)
    assert told["optimizer"] == "bootstrap_few_shot_with_random_search"
    assert told["progress_events"] > told["trials"]
    assert told["execution"]["outputs"].keys() == {"team", "urgency", "confidence"}
    assert "line 222, labels.team" in err
    assert "line 223 is not JSON" in err
    assert "/graphql" in err
    assert "/docs" in err


def test_where_the_example_is_missing_it_says_so(short_dir: Path) -> None:
    look = "from pathlib import Path\nfrom resources.cli import demo\ndemo.EXAMPLE = Path('/nowhere')\n"
    run = look + "from framework.cli.main import main\nmain(['demo'])"
    ended = subprocess.run(
        [sys.executable, "-c", run],
        capture_output=True,
        text=True,
        cwd=short_dir,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["error"]["issues"][0]["hint"].startswith("it comes with the checkout")
