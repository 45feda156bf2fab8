"""The verbs of the workshop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.request import Call
from framework.actions.session import Session
from framework.errors import Unavailable


async def execute(calls: Sequence[Call], session: Session) -> Sequence[Any]:
    """Says the text back, louder."""
    return [{"text": call.arguments["text"].upper(), "team": call.arguments["team"]} for call in calls]


async def ping(calls: Sequence[Call], session: Session) -> Sequence[Any]:
    """Gives nothing."""
    return [None for _ in calls]


async def ask_model(calls: Sequence[Call], session: Session) -> Sequence[Any]:
    """Finds the model away."""
    raise Unavailable("the model is away", code="model_unreachable", params={"retry_after": 7})


async def crash(calls: Sequence[Call], session: Session) -> Sequence[Any]:
    """Fails in a way nobody foresaw."""
    raise RuntimeError("the password is hunter2")


async def run(calls: Sequence[Call], session: Session) -> Sequence[Any]:
    """Would work in the background."""
    return [None for _ in calls]
