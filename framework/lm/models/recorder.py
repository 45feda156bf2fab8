"""Who writes down each call to a model: how long it took, how many tokens it used, and what it cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from framework.lm.dspy_setup import BaseCallback, callback_context
from framework.lm.models.model import ModelDefinition
from framework.lm.models.spend import Stop, Usage

RECORDER = "dspex_recorder"


class Clock(BaseCallback):  # type: ignore[misc]  # DSPy is untyped
    """When each call that is under way began, by DSPy's id of the call.

    It hangs on our language models only. A callback in `dspy.context` would be called for every module and adapter
    too, for which DSPy inspects signatures; that doubled the time of a call to the offline model.
    """

    def __init__(self) -> None:
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

    def elapsed_ms(self) -> float:
        """How long the call that this is asked from has taken."""
        with self._lock:
            started = self._started[callback_context.ACTIVE_CALL_ID.get()]
        return (time.perf_counter() - started) * 1000


class Recorder:
    """Turns DSPy's history entries into usages and hands them to `sink`; one for each call or run.

    `repeated` tells of the call that it is asked from whether the run had its answer already.
    """

    def __init__(self, sink: Callable[[Usage], object], *, repeated: Callable[[], bool] = lambda: False) -> None:
        self._sink = sink
        self._repeated = repeated

    def record(self, definition: ModelDefinition, entry: Mapping[str, Any], *, latency_ms: float) -> None:
        """A call was answered: count it, unless it only repeats a question of this run."""
        if self._repeated():
            return
        responses = _responses(entry)
        tokens_in = _total([response.usage.input_tokens for response in responses])
        tokens_out = _total([response.usage.output_tokens for response in responses])
        counted = tokens_in is not None and tokens_out is not None
        usage = Usage(
            model=definition.name,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=None if tokens_in is None or tokens_out is None else definition.cost(tokens_in, tokens_out),
            latency_ms=latency_ms,
            stop=stop_of(entry),
            replayed=counted and not entry["usage"],
        )
        self._sink(usage)


def stop_of(entry: Mapping[str, Any]) -> Stop | None:
    """Why an answer is not whole, or None."""
    reasons = {response.finish_reason for response in _responses(entry)}
    return next((stop for stop in Stop if stop in reasons), None)


def _responses(entry: Mapping[str, Any]) -> Sequence[Any]:
    answered = entry["response"]
    return answered if isinstance(answered, tuple | list) else (answered,)


def _total(tokens: Sequence[int | None]) -> int | None:
    return None if None in tokens else sum(filter(None, tokens))
