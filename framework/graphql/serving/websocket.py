"""A connection of `graphql-transport-ws`: each message is checked before it means anything; a wrong one closes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from framework.errors import Invalid
from framework.graphql.serving.request import request_of

WITH_ID = ("subscribe", "complete")


class TransportWsHandler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's, for messages that are what the protocol says; it takes for granted that they are."""

    async def handle_message(self, message: Any) -> None:
        """Carries out a message, or closes the connection with 4400."""
        wrong = _wrong(message)
        if wrong is not None:
            await self.handle_invalid_message(wrong)
            return
        # The protocol allows a payload of null, which Strawberry does not.
        said = {name: value for name, value in message.items() if name != "payload" or value is not None}
        await super().handle_message(said)  # type: ignore[arg-type]  # one of the messages by now


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
