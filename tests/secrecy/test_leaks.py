"""The attacker finds leaks: each of these is planted in the framework, and told by what some step answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.secrecy.conftest import Theatre
from tests.secrecy.leaks import LEAKS, Planted
from tests.secrecy.striking import strike

# So many steps come upon each of them, and a few hundred of the attack that is named.
STEPS = 3000


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.says.replace(" ", "-"))
def test_a_leak_is_found(theatre: Theatre, monkeypatch: pytest.MonkeyPatch, leak: Planted) -> None:
    leak.plant(monkeypatch)
    with pytest.raises(AssertionError, match=r"in one world and|though it is hidden"):
        strike(theatre if leak.stored else replace(theatre, make_database=None), leak.attack, STEPS)
