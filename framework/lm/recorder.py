"""Who writes down each call to a model: how long it took, how many tokens it used, and what it cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from framework.lm.dspy_setup import BaseCallback, callback_context
from framework.lm.model import ModelDefinition
from framework.lm.spend import Usage

RECORDER = "dspex_recorder"


class Recorder(BaseCallback):  # type: ignore[misc]  # DSPy is untyped
    """Turns DSPy's history entries into usages and hands them to `sink`; one per call or run, shared by its threads.

    DSPy tells the beginning of a call to callbacks and its usage to `update_history`; the id of the call joins both.
    """

    def __init__(self, sink: Callable[[Usage], object]) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._started: dict[str, float] = {}

    def on_lm_start(self, call_id: str, **_: Any) -> None:
        """A call begins."""
        with self._lock:
            self._started[call_id] = time.perf_counter()

    def on_lm_end(self, call_id: str, **_: Any) -> None:
        """A call is over, well or badly."""
        with self._lock:
            self._started.pop(call_id, None)

    def record(self, definition: ModelDefinition, entry: Mapping[str, Any]) -> None:
        """A call was answered: count it. A replayed answer counts like the first, so that budgets end alike."""
        responses = _responses(entry["response"])
        tokens_in = sum(response.usage.input_tokens or 0 for response in responses)
        tokens_out = sum(response.usage.output_tokens or 0 for response in responses)
        with self._lock:
            started = self._started.get(callback_context.ACTIVE_CALL_ID.get() or "")
        usage = Usage(
            model=definition.name,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=definition.cost(tokens_in, tokens_out),
            latency_ms=(time.perf_counter() - started) * 1000 if started is not None else 0.0,
            truncated=any(response.finish_reason == "length" for response in responses),
            replayed=not entry["usage"],
        )
        self._sink(usage)


def _responses(answered: Any) -> tuple[Any, ...]:
    return tuple(answered) if isinstance(answered, tuple | list) else (answered,)
