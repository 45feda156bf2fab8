"""The bound on the size of every request body, declared or not: it is counted as it streams in."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framework.errors import Invalid
from framework.rest.problems import problem_response
from framework.wire.failures import present


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Middleware that refuses a body of more than `max_bytes`, before any of it is parsed."""

    app: ASGIApp
    max_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > self.max_bytes:
            response = problem_response(present(self._too_large()), scope["path"], headers={"Connection": "close"})
            await response(scope, receive, send)
            return
        await self.app(scope, _Counted(receive, self), send)

    def _too_large(self) -> Invalid:
        return Invalid(
            f"the body is larger than {self.max_bytes} bytes",
            code="body_too_large",
            params={"maximum": self.max_bytes},
        )


@dataclass(slots=True)
class _Counted:
    """Hands on a request's messages, until they are too many bytes."""

    receive: Receive
    limit: BodyLimit
    seen: int = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.seen += len(message.get("body", b""))
            if self.seen > self.limit.max_bytes:
                # Whoever reads the body gets this, and every app of ours presents a failure.
                raise self.limit._too_large()  # noqa: SLF001 - two halves of one middleware
        return message
