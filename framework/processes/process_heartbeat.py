"""A process that works, and when it showed last that it lives: one row for each, however much it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import retention
from framework.expr.build import moment


class ProcessHeartbeat(Resource):
    """A process whose work others must not take for abandoned while it lives."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(private=True, doc="The machine and the number of the process.")
    seen_at: Attr[datetime] = attribute(default=moment(), private=True)
    created_at: Attr[datetime] = created_at()

    # One that was silent for so long has died long since, and what it left was given up.
    _kept = retention(after=timedelta(days=1), since=seen_at)
