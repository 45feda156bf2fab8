"""What one attempt of a run has asked so far, in front of the answers that are kept for it.

Optimizers ask the same question many times. The first time it is asked, an attempt counts it, whether the endpoint
answers or an earlier attempt had been answered already: so an attempt that retraces another one counts alike. Asked
once more, it costs nothing and counts as nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from framework.lm.calls.replay import ReplayCache
from framework.lm.dspy_setup import callback_context


class RunMemory:
    """A replay cache that knows which calls of this attempt are repetitions; with none behind it, none is."""

    def __init__(self, kept: ReplayCache | None = None, *, on_question: Callable[[], object] = lambda: None) -> None:
        self._kept = kept
        self._on_question = on_question
        self._lock = threading.Lock()
        self._asked: set[str] = set()
        self._repetitions: set[str | None] = set()

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer kept under `key`, or None. `on_question` is called before every question that counts."""
        answer = self._kept.get(key) if self._kept is not None else None
        with self._lock:
            repeated = answer is not None and key in self._asked
            if repeated:
                self._repetitions.add(callback_context.ACTIVE_CALL_ID.get())
            elif answer is not None:
                self._asked.add(key)
        if not repeated:
            self._on_question()
        return answer

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep an answer; the first one kept under a key stays."""
        with self._lock:
            self._asked.add(key)
        if self._kept is not None:
            self._kept.put(key, value)

    def repeats(self) -> bool:
        """Whether the call that this is asked from was answered once more; told once for each call."""
        call = callback_context.ACTIVE_CALL_ID.get()
        with self._lock:
            repeated = call in self._repetitions
            self._repetitions.discard(call)
        return repeated
