"""Sessions for requests."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from starlette.requests import HTTPConnection, Request

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.context import Context
from framework.processes.client_disconnected import ClientDisconnected
from framework.wire.hanging_up import left


def session_for(engine: Engine, connection: HTTPConnection) -> Session:
    """A hold on the engine for one request, which can be asked whether its client has left.

    Over a WebSocket, work ends with the connection by itself.
    """
    if isinstance(connection, Request):
        hung_up = ClientDisconnected(partial(left, connection))
        engine = replace(engine, services={**engine.services, ClientDisconnected: hung_up})
    return engine.session(Context())
