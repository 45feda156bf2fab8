"""A process whose parent is gone."""

from __future__ import annotations

import subprocess
import sys

import psutil

from framework.testing.until import PATIENCE

CHILD = """
import sys, time
from framework.runtime.orphan import end_without
end_without(int(sys.argv[1]))
time.sleep(600)
"""
PARENT = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}, str(os.getpid())])
print(child.pid, flush=True)
sys.stdin.readline()
"""


def test_it_ends_when_its_parent_is_killed() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    assert psutil.wait_procs([child], timeout=PATIENCE)[1] == []
