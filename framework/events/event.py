"""An event: something an action did, or a job reported, written in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from framework.declare.actions import Read, keyset
from framework.declare.attributes import Attr, attribute, created_at, sequence_key
from framework.declare.resource import Resource
from framework.declare.rules import index, retention
from framework.expr.build import horizon, transaction


class Event(Resource):
    """Something that happened: who did what to which record, and what it is since."""

    seq: Attr[int] = sequence_key()
    transaction: Attr[int] = attribute(default=transaction(), private=True)
    type: Attr[str] = attribute(doc="Resource and action: `optimization.start`.")
    target_type: Attr[str] = attribute(doc="The resource it happened to.")
    target_id: Attr[str] = attribute(doc="The record it happened to.")
    actor: Attr[str | None] = attribute(default=None, doc="Who did it: kind and id.")
    credential: Attr[str | None] = attribute(default=None, doc="By what they are known: `key dspex_1a2b3c4d`.")
    address: Attr[str | None] = attribute(default=None, doc="The address that the request came from.")
    request_id: Attr[UUID] = attribute(doc="The request it was part of.")
    data: Attr[dict[str, Any]] = attribute(doc="The public values it wrote, or the progress it reports.")
    before: Attr[dict[str, Any] | None] = attribute(
        default=None, doc="What those values were before, or all of a record that is gone; with the extension AUDIT."
    )
    at: Attr[datetime] = created_at()

    browse = Read(paginate=keyset(default=100, maximum=1000), orders=[at.desc()])

    _in_order = index(transaction, seq)
    _of_a_record = index(target_id, transaction, seq)
    _of_a_type = index(type, transaction, seq)
    # The oldest go first, so that the log is whole from where it begins.
    _kept = retention(
        after=timedelta(days=90),
        since=at,
        where=transaction < horizon(),
        in_order=(transaction, seq),
        partition_every=timedelta(days=14),
    )
