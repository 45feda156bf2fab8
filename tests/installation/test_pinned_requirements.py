"""The pinned lists are closed: whatever is needed, extras included, is in them, in a version that will do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]


def pinned(name: str) -> Mapping[str, str]:
    """The version of every package that the list has for this machine."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = [Requirement(line) for line in re.findall(r"^([a-z0-9].*?) *\\?$", text, re.MULTILINE)]
    return {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for each in found
        if each.marker is None or each.marker.evaluate()
    }


def unmet(roots: Sequence[str], pins: Mapping[str, str]) -> Iterator[str]:
    """Every requirement, of these and of what they require, that the pins or what is installed do not meet."""
    waiting = [("pyproject.toml", Requirement(root), "") for root in roots]
    seen: set[tuple[str, str]] = set()
    while waiting:
        asker, wanted, extra = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        fault = _fault(name, wanted, pins)
        if fault is not None:
            yield f"{asker} needs {wanted}: {fault}"
            continue
        for each in {"", *wanted.extras}:
            if (name, each) not in seen:
                seen.add((name, each))
                waiting += [(name, Requirement(text), each) for text in distribution(name).requires or ()]


def _fault(name: str, wanted: Requirement, pins: Mapping[str, str]) -> str | None:
    if name not in pins:
        return "it is not pinned"
    try:
        installed = distribution(name).version
    except PackageNotFoundError:
        return "it is not installed"
    if installed != pins[name]:
        return f"{installed} is installed, {pins[name]} is pinned"
    return None if wanted.specifier.contains(installed, prereleases=True) else f"{installed} is pinned"


@pytest.mark.parametrize(("roots", "name"), [(RUNTIME, "runtime"), ([*RUNTIME, *DEV], "dev")])
def test_everything_that_is_needed_is_pinned_and_installed(roots: Sequence[str], name: str) -> None:
    assert sorted(unmet(roots, pinned(name))) == []


def test_what_is_missing_is_found_through_extras_too() -> None:
    pins = dict(pinned("dev"))
    del pins["coverage"], pins["uvloop"]
    found = " ".join(unmet([*RUNTIME, *DEV], pins))
    assert "pytest-cov needs coverage[toml]" in found
    assert "uvicorn needs uvloop" in found
    assert "it is not pinned" in found
