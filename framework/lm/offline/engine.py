"""The offline model as a pair of DSPy engines. `answer.describe()` says plainly what answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable
from typing import Any

from framework.lm.dspy_setup import lm15
from framework.lm.offline.answer import answer
from framework.lm.offline.prompt import read_prompt

_TOKEN = re.compile(r"\w+|[^\w\s]")


class OfflineEngine:
    """The synchronous half; optimizers call it from their threads."""

    supports_response_schema = False
    supports_function_calling = False

    def __init__(self, latency_ms: float = 0.0) -> None:
        self.seconds = latency_ms / 1000

    def complete(self, request: Any) -> Any:
        """The response to a request, after the latency that was asked for."""
        if self.seconds:
            time.sleep(self.seconds)
        return respond(request)

    def __deepcopy__(self, memo: dict[int, Any]) -> OfflineEngine:
        return self


class AsyncOfflineEngine:
    """The asynchronous half; its latency holds up nobody else."""

    def __init__(self, latency_ms: float = 0.0) -> None:
        self.seconds = latency_ms / 1000

    async def complete(self, request: Any) -> Any:
        """The response to a request, after the latency that was asked for."""
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return respond(request)

    def __deepcopy__(self, memo: dict[int, Any]) -> AsyncOfflineEngine:
        return self


def respond(request: Any) -> Any:
    """The answer to a request as DSPy's native client would have it from a provider."""
    system = request.system if isinstance(request.system, str) else _text(request.system or ())
    messages = [(message.role, _text(message.parts)) for message in request.messages]
    text = answer(read_prompt(system, messages))
    asked = sum(len(_TOKEN.findall(part)) for part in (system, *(content for _, content in messages)))
    answered = len(_TOKEN.findall(text))
    return lm15.Response(
        id=None,
        model=request.model,
        message=lm15.Message.assistant(text),
        finish_reason="stop",
        usage=lm15.Usage(input_tokens=asked, output_tokens=answered, total_tokens=asked + answered),
    )


def _text(parts: Iterable[Any]) -> str:
    """The text of a message; images and the like are not read."""
    return "".join(getattr(part, "text", None) or "" for part in parts)
