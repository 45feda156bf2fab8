"""Turns of threads, asked of a fresh interpreter: those of the tests are left as they are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from framework.runtime.thread_turns import TURN_SECONDS

SCRIPT = """
import sys
from framework.runtime.thread_turns import quick_turns
before = sys.getswitchinterval()
quick_turns()
print(before, sys.getswitchinterval())
"""


def test_turns_are_much_shorter_than_pythons_own_once_they_are_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    assert after == pytest.approx(TURN_SECONDS)
    assert after < before / 10
