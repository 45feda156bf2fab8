"""Nobody learns anything of what is hidden from them, whatever they ask or do, and through whichever door.

Two worlds differ in hidden records or values alone. What is asked and done in both is answered alike: every value,
number, error and its text, event, entity tag and cursor, and by the same statements. A few thousand steps in every run;
`make nightly` takes a hundred thousand (DSPEX_SECRECY_STEPS, from DSPEX_SEED on).
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.secrecy.attack import Attack
from tests.secrecy.conftest import Theatre

FIRST, STEPS = int(os.environ.get("DSPEX_SEED", "0")), int(os.environ.get("DSPEX_SECRECY_STEPS", "3000"))
EACH = 1000
SETTINGS = settings(
    max_examples=10_000, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=[*HealthCheck]
)


@pytest.mark.parametrize("number", range(FIRST, FIRST + max(STEPS // EACH, 1)))
def test_what_is_hidden_is_told_by_nothing(theatre: Theatre, number: int) -> None:
    attack = Attack(min(EACH, STEPS))

    @seed(number)
    @SETTINGS
    @given(data=st.data())
    def strike(data: st.DataObject) -> None:
        if not attack.is_over:
            theatre.run(attack.go(data, theatre.tables, plays_each=8))

    strike()
    assert attack.is_over
