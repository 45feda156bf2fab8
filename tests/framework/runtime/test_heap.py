"""The heap of a process, asked of fresh interpreters: the one of the tests is nobody's to freeze."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Everything of a process that code of ours could change behind its back, and a look at all of it.
LOOK = """
import gc, json, logging, os, signal, sys, threading
def look():
    return {
        "frozen": gc.get_freeze_count(), "collections": gc.get_threshold(), "environment": dict(os.environ),
        "signals": [repr(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)],
        "hooks": [repr(each) for each in (sys.excepthook, sys.unraisablehook, print)], "path": list(sys.path),
        "logging": [logging.getLogger().level, repr(logging.getLogger().handlers)], "streams": repr(sys.stderr),
        "threads": [each.name for each in threading.enumerate()], "recursion": sys.getrecursionlimit(),
    }
before = look()
"""
IMPORTS = """
import importlib, pkgutil
for package in ("framework.lm", "resources"):
    for each in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        importlib.import_module(each.name)
"""
# DSPy reads them when it is imported, and can be told in no other way.
SET_FOR_DSPY = {"LITELLM_LOCAL_MODEL_COST_MAP": "true", "TQDM_DISABLE": "1"}


def shown(script: str) -> Any:
    """What the script prints last, as JSON."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_the_platform_leaves_the_process_as_it_was() -> None:
    before, after = shown(f"{LOOK}{IMPORTS}print(json.dumps([before, look()]))")
    assert after == {**before, "environment": {**before["environment"], **SET_FOR_DSPY}}


def test_what_is_frozen_is_there_and_garbage_is_gone() -> None:
    script = """
import gc, json, weakref
from framework.runtime.heap import freeze_heap
class Ring: ...
ring = Ring(); ring.ring = ring; gone = weakref.ref(ring); del ring
freeze_heap()
print(json.dumps([gc.get_freeze_count() > 1000, gone() is None]))
"""
    assert shown(script) == [True, True]


def test_all_of_the_heap_is_collected_seldom_and_garbage_soon() -> None:
    script = """
import collections, gc, json
from framework.runtime.heap import collect_all_seldom
class Ring:
    there = 0
    def __init__(self):
        self.ring = self
        Ring.there += 1
    def __del__(self):
        Ring.there -= 1
collect_all_seldom()
held = collections.deque(([] for _ in range(20_000)), maxlen=20_000)
gc.collect()
before, most = gc.get_stats()[2]["collections"], 0
for _ in range(500_000):
    Ring()
    held.append([])
    most = max(most, Ring.there)
print(json.dumps([gc.get_stats()[2]["collections"] - before, most < 20_000]))
"""
    assert shown(script) == [0, True]


def test_a_worker_freezes_what_a_job_has_loaded_and_only_then() -> None:
    script = """
import gc, json
from celery.signals import task_postrun
from workers.loaded_code import freeze_what_jobs_load
freeze_what_jobs_load()
# Some Pythons begin with something frozen.
gc.unfreeze()
counts = [gc.get_freeze_count()]
for load in ("pass", "pass", "import calendar, wave"):
    exec(load)
    gc.unfreeze()
    task_postrun.send(sender=None)
    counts.append(gc.get_freeze_count())
print(json.dumps([count > 0 for count in counts]))
"""
    assert shown(script) == [False, True, False, True]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do as they do")
@pytest.mark.parametrize(("bound", "few"), [("bound_heap()", True), ("", False)])
def test_threads_keep_no_heap_each(bound: str, few: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a fact
    script = f"""
import ctypes, json, pathlib, threading
from framework.runtime.heap import ARENAS, bound_heap
{bound}
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
all_of_them = threading.Barrier(9)
def take():
    libc.malloc(1000)
    all_of_them.wait()
for _ in range(8):
    threading.Thread(target=take).start()
all_of_them.wait()
file = ctypes.c_void_p(libc.fopen({str(tmp_path / "info").encode()!r}, b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
print(json.dumps(pathlib.Path({str(tmp_path / "info")!r}).read_text().count("<heap nr=") <= ARENAS))
"""
    assert shown(script) is few
