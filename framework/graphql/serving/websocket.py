"""A connection of `graphql-transport-ws`: each message is checked before it means anything; a wrong one closes it.

When the process is to end, what was asked is answered before the connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from graphql import OperationType
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from framework.errors import Failure, Invalid, Unavailable
from framework.graphql.context import context_of
from framework.graphql.failures import refusals_of
from framework.graphql.serving.request import request_of
from framework.processes.stopping import Stopping
from framework.wire.failures import present

WITH_ID = ("subscribe", "complete")
SERVICE_RESTART = 1012
RETRY_AFTER_SECONDS = 2


class TransportWsHandler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's, for messages that are what the protocol says; it takes for granted that they are."""

    _ending = False

    async def handle(self) -> None:
        """Serves the connection to its end."""
        self._acting: set[asyncio.Task[Any]] = set()
        closing = asyncio.create_task(self._close_when_announced())
        try:
            await super().handle()
        finally:
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)

    async def handle_message(self, message: Any) -> None:
        """Carries out a message, or closes the connection with 4400."""
        wrong = _wrong(message)
        if wrong is not None:
            await self.handle_invalid_message(wrong)
            return
        # The protocol allows a payload of null, which Strawberry does not.
        said = {name: value for name, value in message.items() if name != "payload" or value is not None}
        await super().handle_message(said)  # type: ignore[arg-type]  # one of the messages by now

    async def send_message(self, message: Any) -> None:
        """Sends it, unless the connection is gone or being closed: nobody hears then what an operation still says."""
        # Starlette has a RuntimeError for whatever is sent after a closing.
        with suppress(WebSocketDisconnected, RuntimeError):
            await super().send_message(message)

    async def handle_subscribe(self, message: Any) -> None:
        """Begins an operation, or says why not: there are too many at once or by now, or the process is to end."""
        known = self.connection_acknowledged and message["id"] not in self.operations
        refused = (self._refusal() or await self._refused()) if known else None
        if refused is not None:
            payload = [each.formatted for each in refusals_of(present(refused).issues)]
            await self.send_message({"id": message["id"], "type": "error", "payload": payload})
            return
        await super().handle_subscribe(message)
        begun = self.operations.get(message["id"])
        if begun is not None and begun.task is not None and self._acts(begun):
            self._acting.add(begun.task)
            begun.task.add_done_callback(self._acting.discard)

    async def _refused(self) -> Failure | None:
        """What is only known by asking elsewhere; the process may have begun to stop meanwhile."""
        return await context_of(self.context).refuses() or self._refusal()

    def _refusal(self) -> Failure | None:
        most = self.max_subscriptions_per_connection
        if self._ending:
            return Unavailable("the server is stopping", code="interrupted", hint="connect again and ask again")
        if most is None or len(self.operations) < most:
            return None
        says = f"{most} operations are under way over this connection already"
        hint = "complete some of them, or open another connection"
        params = {"maximum": most, "retry_after": RETRY_AFTER_SECONDS}
        return Unavailable(says, code="too_many_operations", params=params, hint=hint)

    def _acts(self, operation: Any) -> bool:
        """Whether it is to be answered once; whoever subscribes resumes elsewhere."""
        kind = self.schema.kind_of(operation.query, operation.operation_name)  # type: ignore[attr-defined]  # ours
        return kind is not OperationType.SUBSCRIPTION

    async def _close_when_announced(self) -> None:
        stopping: Stopping | None = context_of(self.context).session.services.get(Stopping)
        if stopping is None:
            return
        await stopping.announced()
        self._ending = True
        while self._acting:
            await asyncio.wait(self._acting)
        await self.websocket.close(SERVICE_RESTART, "the server is stopping: connect again")


def _wrong(message: Any) -> str | None:
    """Why a message is none of the protocol."""
    if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
        return "A message is an object with a type"
    payload = message.get("payload")
    if message["type"] in WITH_ID and not (isinstance(message.get("id"), str) and message["id"]):
        return "The id of a message is a text"
    if message["type"] == "subscribe":
        try:
            request_of(payload)
        except Invalid as failure:
            return failure.issues[0].message
    elif not isinstance(payload, (Mapping, type(None))):
        return "The payload of a message is an object or null"
    return None
