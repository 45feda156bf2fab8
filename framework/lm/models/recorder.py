"""Who writes down each call to a model: how long it took, how many tokens it used, and what it cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry.trace import Span, SpanKind

from framework.lm.dspy_setup import BaseCallback, callback_context, dspy
from framework.lm.models.model import ModelDefinition
from framework.lm.models.spend import Stop, Usage
from framework.telemetry import begun, here, over

# What `dspy.context` is told for a call or a run, and its threads with it.
RECORDER, PLACE_IN_TRACE = "dspex_recorder", "dspex_place_in_trace"


class Clock(BaseCallback):  # type: ignore[misc]  # DSPy is untyped
    """When each call that is under way began, by DSPy's id of the call; each is a span.

    It hangs on our language models only. A callback in `dspy.context` would be called for every module and adapter
    too, for which DSPy inspects signatures; that doubled the time of a call to the offline model.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: dict[str, float] = {}
        self._spans: dict[str, Span] = {}

    def on_lm_start(self, call_id: str, instance: Any, **_: Any) -> None:
        """A call begins. DSPy's own threads do not know of the trace that they work for."""
        within = None if here() is not None else dspy.settings.get(PLACE_IN_TRACE)
        asked = {"gen_ai.operation.name": "chat", "gen_ai.request.model": instance.definition.model}
        span = begun("model", SpanKind.CLIENT, within, **asked)
        with self._lock:
            self._started[call_id], self._spans[call_id] = time.perf_counter(), span

    def on_lm_end(self, call_id: str, exception: Exception | None = None, **_: Any) -> None:
        """A call is over, well or badly."""
        with self._lock:
            self._started.pop(call_id, None)
            span = self._spans.pop(call_id, None)
        if span is not None:
            over(span, exception)

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
