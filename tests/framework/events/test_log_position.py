"""Places in the log and the cursors that name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import Invalid
from framework.events.log_position import LogPosition

EPOCHS = st.from_regex(r"[0-9a-f]{8}", fullmatch=True) | st.just("")
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)


@given(NUMBERS, NUMBERS, EPOCHS)
def test_a_cursor_names_the_place_it_was_made_of(transaction: int, seq: int, epoch: str) -> None:
    position = LogPosition.of(str(LogPosition(transaction, seq, epoch)))
    assert (position.transaction, position.seq, position.epoch) == (transaction, seq, epoch)


def test_places_are_ordered_by_transaction_then_sequence() -> None:
    assert LogPosition(1, 9) < LogPosition(2, 1) < LogPosition(2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.",
        ".1",
        "a.1",
        "1.b",
        "-1.2",
        "1.2.3",
        "0123456.1.2",
        "0123456G.1.2",
        "9" * 50 + ".1",
        f"{2**63}.1",
        f"1.{2**63}",
        "\u0663.\u0661",
    ],
)
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        LogPosition.of(text)
    assert caught.value.issues[0].code == "bad_cursor"
