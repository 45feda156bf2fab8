"""Nobody learns anything of what is hidden from them, whatever they ask or do, and through whichever door.

Two worlds differ in hidden records or values alone. What is asked and done in both is answered alike: every value,
number, error and its text, event, entity tag and cursor of a page, and by the same statements. 2,400 steps are taken in
every run; `make nightly` takes a hundred thousand (DSPEX_SECRECY_STEPS, from DSPEX_SEED on).
"""

from __future__ import annotations

import os

import pytest

from tests.secrecy.conftest import Theatre
from tests.secrecy.striking import strike

FIRST, STEPS = int(os.environ.get("DSPEX_SEED", "0")), int(os.environ.get("DSPEX_SECRECY_STEPS", "2400"))
EACH = 600


@pytest.mark.parametrize("number", range(FIRST, FIRST + max(STEPS // EACH, 1)))
def test_what_is_hidden_is_told_by_nothing(theatre: Theatre, number: int) -> None:
    assert strike(theatre, number, EACH) >= EACH
