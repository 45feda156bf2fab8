"""What is derived from the platform is what was agreed: `python -m tests.golden` writes it anew, for review."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from framework.compiler.domain import compile_domain
from framework.testing.golden import ARTEFACTS
from resources import PLATFORM

AGREED = Path(__file__).parent / "agreed"


@pytest.mark.parametrize("artefact", sorted(ARTEFACTS))
def test_what_we_derive_is_what_we_agreed(artefact: str) -> None:
    derived = ARTEFACTS[artefact](compile_domain(PLATFORM))
    agreed = (AGREED / artefact).read_text(encoding="utf-8")
    changed = list(unified_diff(agreed.splitlines(), derived.splitlines(), "agreed", "derived", lineterm="", n=1))
    assert not changed, "\n".join([*changed[:60], "", "if this is meant: python -m tests.golden"])


def test_every_agreed_file_is_derived() -> None:
    assert {path.name for path in AGREED.iterdir()} == set(ARTEFACTS)
