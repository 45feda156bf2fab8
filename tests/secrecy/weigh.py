"""A verb about a paper, which tells nothing of it that is held back from anybody."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.request import Call
from framework.actions.session import Session


async def weigh(calls: Sequence[Call], session: Session) -> list[int]:
    """How long the title is."""
    return [len(call.record["title"]) if call.record is not None else 0 for call in calls]
