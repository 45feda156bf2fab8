"""Sessions for requests, in the context that was made of whoever calls."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from starlette.requests import HTTPConnection, Request

from api.authentication import context_in
from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.context import Context
from framework.processes.client_disconnected import ClientDisconnected
from framework.wire.hanging_up import left


def session_for(engine: Engine, connection: HTTPConnection) -> Session:
    """A hold on the engine for one request, which can be asked whether its client has left.

    Over a WebSocket, work ends with the connection by itself, and it is nobody's until its client has said who it is.
    """
    if not isinstance(connection, Request):
        return engine.session(Context())
    hung_up = ClientDisconnected(partial(left, connection))
    engine = replace(engine, services={**engine.services, ClientDisconnected: hung_up})
    return engine.session(context_in(connection.scope))
