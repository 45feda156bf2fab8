"""Random walks over declarations with records in the tables: nothing is lost, changed or left behind without a word.

A few in every run; `make nightly` takes hundreds (DSPEX_WALKS, from DSPEX_SEED on). Each is a run of Hypothesis by
itself, from a seed of its own: of one run it makes many examples that are one with another end. A walk alone,
`DSPEX_WALKS=1`, is made as short as it can be once it has found something.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.migrations.walk.database import Database
from tests.migrations.walk.diversity import STEPS
from tests.migrations.walk.walk import Walk
from tests.migrations.walk.walker import Walker

FIRST, WALKS = int(os.environ.get("DSPEX_SEED", "0")), int(os.environ.get("DSPEX_WALKS", "3"))
SETTINGS = settings(
    max_examples=1,
    stateful_step_count=8,
    phases=[Phase.generate, Phase.shrink] if WALKS == 1 else [Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)


@pytest.mark.parametrize("number", range(FIRST, FIRST + WALKS))
def test_a_walk_over_declarations_loses_nothing(
    walked: tuple[Database, Database], tmp_path: Path, number: int, record_property: Callable[[str, object], None]
) -> None:
    places = (tmp_path / f"versions_{place}" for place in count())
    walks: list[Walk] = []

    @seed(number)
    def walker() -> Walker:
        walks.append(Walk(*walked, next(places)))
        return Walker(walks[-1])

    run_state_machine_as_test(walker, settings=SETTINGS)  # type: ignore[arg-type]  # what makes one will do
    record_property(STEPS, walks[-1].made)
