"""Writes the agreed artefacts anew."""

from __future__ import annotations

from pathlib import Path

from framework.compiler.domain import compile_domain
from framework.testing.golden import ARTEFACTS
from resources import PLATFORM

for name, derive in ARTEFACTS.items():
    (Path(__file__).parent / "agreed" / name).write_text(derive(compile_domain(PLATFORM)), encoding="utf-8")
