"""Verbs of the archive: how long a title is."""

from __future__ import annotations

from collections.abc import Sequence

from framework import Query
from framework.actions.request import Call
from framework.actions.session import Session


async def weigh(calls: Sequence[Call], session: Session) -> Sequence[int]:
    """The length of each title."""
    return [0 if call.record is None else len(call.record["title"]) for call in calls]


async def tidy(calls: Sequence[Call], session: Session) -> Sequence[int]:
    """How many documents its caller sees."""
    browse = session.domain.action("Document", "browse")
    return [len((await session.page(browse, Query())).records) for _ in calls]
