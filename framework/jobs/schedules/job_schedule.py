"""A schedule: when a job that repeats by itself is due next, and what it queued last."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from framework.declare.actions import Read
from framework.declare.attributes import Attr, attribute
from framework.declare.resource import Resource


class JobSchedule(Resource):
    """When a job that repeats by itself is due; one row for each such job, whichever processes look."""

    name: Attr[str] = attribute(primary_key=True, doc="The job, as `Resource.action`.")
    says: Attr[str] = attribute(doc="How often, as declared.")
    next_due: Attr[datetime] = attribute()
    last_due: Attr[datetime | None] = attribute(default=None, doc="The time for which it was queued last.")
    last_job_id: Attr[UUID | None] = attribute(default=None, doc="The job that was queued then, or was under way.")
    looked_at: Attr[datetime] = attribute(private=True, doc="When it was found to be due; by the store's own clock.")

    browse = Read()
