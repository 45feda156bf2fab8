"""A retention rule as it is carried out: how long records of a resource are kept, and what was removed by it."""

from __future__ import annotations

from datetime import datetime

from framework.declare.actions import Job, Read
from framework.declare.attributes import Attr, attribute
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.spec.action import Scope


class RetentionRule(Resource):
    """How long the records of a resource are kept; one row for each that says so, from the first time it is seen to."""

    resource: Attr[str] = attribute(primary_key=True, doc="The resource whose records are removed.")
    says: Attr[str] = attribute(doc="How long they are kept, as declared or as the installation has it.")
    removed: Attr[int] = attribute(default=0, ge=0, doc="How many were removed so far.")
    looked_at: Attr[datetime] = attribute(doc="When it was seen to last, by the store's own clock.")
    caught_up: Attr[bool] = attribute(default=False, doc="Whether nothing was left to be removed then.")

    browse = Read()
    remove_expired = Job(
        verb("framework.jobs.retention.remove_expired"),
        scope=Scope.RESOURCE,
        every=600.0,
        doc="Removes what is kept no longer.",
    )
