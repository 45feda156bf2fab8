from __future__ import annotations

from framework.lm.calls.cancellation import Cancellation


def test_everybody_who_waits_is_told_once() -> None:
    told: list[str] = []
    cancellation = Cancellation()
    cancellation.subscribe(lambda: told.append("first"))
    forget = cancellation.subscribe(lambda: told.append("second"))
    forget()
    cancellation.cancel()
    cancellation.cancel()
    assert told == ["first"]
    assert cancellation.cancelled


def test_who_comes_too_late_is_told_at_once() -> None:
    told: list[str] = []
    cancellation = Cancellation()
    cancellation.cancel()
    cancellation.subscribe(lambda: told.append("late"))()
    assert told == ["late"]
