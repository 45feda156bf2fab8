"""The HTTP client of our language models, which goes to allowed addresses alone and reads an answer up to a bound.

DSPy reads what an endpoint sends for as long as it sends, and goes wherever a name leads. Both bounds are those of the
`dspy.context` of the call, as the client is made by DSPy, deep in its own path. Redirects are followed by nobody: an
answer that is one is an error.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

from framework.lm.dspy_setup import dspy
from framework.lm.models.networks import ModelNetworks

ANSWER_BYTES, NETWORKS = "dspex_answer_bytes", "dspex_model_networks"
MOST_ANSWER_BYTES = 16 * 1024 * 1024

ANYWHERE = ModelNetworks()

_transports: Any = importlib.import_module("dspy._vendor.lm15.transports")
_execution: Any = importlib.import_module("dspy.clients.execution")
_Engine: Any = _execution.LM15Engine
_AsyncEngine: Any = _execution.AsyncLM15Engine


class AnswerTooLarge(Exception):
    """An endpoint went on sending beyond the bound. Not one of DSPy's errors that it asks again after."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the endpoint sent more than {most} bytes")
        self.most = most


class _Connecting(_transports.StdlibTransport):  # type: ignore[misc]  # DSPy is untyped
    """Connects to allowed addresses alone: looked at before, and once more when somebody has answered.

    A name may lead elsewhere from one moment to the next, so nothing is sent before it is known who is there. Where a
    proxy is set it is the one that connects, and says whereto.
    """

    def _open(self, parsed: Any, *, proxy: Any, **more: Any) -> Any:
        networks: ModelNetworks = dspy.settings.get(NETWORKS, ANYWHERE)
        networks.refuse_unless_allowed_here(parsed.host, parsed.port)
        connection = super()._open(parsed, proxy=proxy, **more)
        if proxy is None:
            _hold(networks, connection, connection.sock)
        return connection


class _AsyncConnecting(_transports.StdlibAsyncTransport):  # type: ignore[misc]  # DSPy is untyped
    """The same in an event loop."""

    async def _open(self, parsed: Any, *, proxy: Any, **more: Any) -> Any:
        networks: ModelNetworks = dspy.settings.get(NETWORKS, ANYWHERE)
        await networks.refuse_unless_allowed(parsed.host, parsed.port)
        connection = await super()._open(parsed, proxy=proxy, **more)
        if proxy is None:
            _hold(networks, connection, connection.writer.get_extra_info("socket"))
        return connection


def _hold(networks: ModelNetworks, connection: Any, to: Any) -> None:
    try:
        networks.refuse_peer(to.getpeername()[0])
    except BaseException:
        connection.close()
        raise


class _Transport:
    """A transport for threads; what it raises on the way closes the connection."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.close = inner.close

    @contextmanager
    def stream(self, request: Any) -> Iterator[Any]:
        with self._inner.stream(request) as response:
            yield _transports.TransportResponse(
                chunks=_within(response), release=lambda _: response.close(), **_head(response)
            )


class _AsyncTransport:
    """A transport for one event loop."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.aclose = inner.aclose

    @asynccontextmanager
    async def stream(self, request: Any) -> AsyncIterator[Any]:
        async with self._inner.stream(request) as response:
            yield _transports.AsyncTransportResponse(
                chunks=_async_within(response), release=lambda _: response.aclose(), **_head(response)
            )


class BoundedEngine(_Engine):  # type: ignore[misc]  # DSPy is untyped
    """DSPy's engine over the bounded transport."""

    def __init__(self, config: Any, *, model_type: str) -> None:
        self._transport = _Transport(_Connecting(**config.transport_kwargs()))
        super().__init__(_over(config, self._transport), model_type=model_type)

    def close(self) -> None:
        """Let go of the connections."""
        super().close()
        self._transport.close()


class AsyncBoundedEngine(_AsyncEngine):  # type: ignore[misc]  # DSPy is untyped
    """DSPy's asynchronous engine over the bounded transport."""

    def __init__(self, config: Any, *, model_type: str) -> None:
        self._transport = _AsyncTransport(_AsyncConnecting(**config.transport_kwargs()))
        super().__init__(_over(config, self._transport), model_type=model_type)

    async def aclose(self) -> None:
        """Let go of the connections of this event loop."""
        await super().aclose()
        await self._transport.aclose()


class _Budget:
    """How much of one answer has come."""

    def __init__(self) -> None:
        self._most: int = dspy.settings.get(ANSWER_BYTES, MOST_ANSWER_BYTES)
        self._left = self._most

    def take(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise AnswerTooLarge(self._most)
        return chunk


def _within(response: Any) -> Iterator[bytes]:
    _check_coding(response)
    budget = _Budget()
    for chunk in response:
        yield budget.take(chunk)


async def _async_within(response: Any) -> AsyncIterator[bytes]:
    _check_coding(response)
    budget = _Budget()
    async for chunk in response:
        yield budget.take(chunk)


def _check_coding(response: Any) -> None:
    """Packed once, a piece that is read grows a thousandfold at most; packed twice, a millionfold."""
    if "," in ",".join(response.headers_all("content-encoding")):
        raise _transports.ProtocolError("the answer is packed more than once")


def _head(response: Any) -> dict[str, Any]:
    return {name: getattr(response, name) for name in ("status", "reason", "headers", "http_version")}


def _over(config: Any, transport: Any) -> Any:
    return replace(config, transport=transport, timeouts=None, max_connections=None)


_execution.LM15Engine, _execution.AsyncLM15Engine = BoundedEngine, AsyncBoundedEngine
