"""The bounds on every request body: its size, declared or not, counted as it streams in, and the time it takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framework.errors import Invalid
from framework.rest.problems import problem_response
from framework.wire.failures import present


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Middleware that refuses a body of more than `max_bytes`, or that takes more than so many seconds to come."""

    app: ASGIApp
    max_bytes: int
    seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > self.max_bytes:
            response = problem_response(present(self._too_large()), scope["path"], headers={"Connection": "close"})
            await response(scope, receive, send)
            return
        counted = _Counted(receive, send, self)
        await self.app(scope, counted, counted.answer)

    def _too_slow(self) -> Invalid:
        hint = "send it again, all of it"
        return Invalid(f"the body did not come within {self.seconds:g} seconds", code="body_too_slow", hint=hint)

    def _too_large(self) -> Invalid:
        return Invalid(
            f"the body is larger than {self.max_bytes} bytes",
            code="body_too_large",
            params={"maximum": self.max_bytes},
        )


@dataclass(slots=True)
class _Counted:
    """Hands on a request's messages, until they are too many bytes or too late."""

    receive: Receive
    send: Send
    limit: BodyLimit
    seen: int = 0
    due: float | None = None
    whole: bool = False
    answering: bool = False

    async def answer(self, message: Message) -> None:
        """Hands on the answer."""
        self.answering = True
        await self.send(message)

    async def __call__(self) -> Message:
        message = await self._next()
        if message["type"] == "http.request":
            self.seen += len(message.get("body", b""))
            if self.seen > self.limit.max_bytes:
                # Whoever reads the body gets this, and every app of ours presents a failure.
                raise self.limit._too_large()  # noqa: SLF001 - two halves of one middleware
        return message

    async def _next(self) -> Message:
        """What comes after the body, a client that leaves, may take its time."""
        if self.whole or self.answering:
            return await self.receive()
        if self.due is None:
            self.due = asyncio.get_running_loop().time() + self.limit.seconds
        try:
            async with asyncio.timeout_at(self.due):
                message = await self.receive()
        except TimeoutError:
            late = self.limit._too_slow()  # noqa: SLF001 - as above
        else:
            self.whole = not message.get("more_body", False)
            return message
        return await self._unless_answered(late)

    async def _unless_answered(self, late: Invalid) -> Message:
        """Raises it; where an answer has begun nobody waits for the body any more, only for the client to leave."""
        if self.answering:
            return await self.receive()
        raise late
