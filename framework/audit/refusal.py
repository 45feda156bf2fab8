"""A refusal: an action that somebody asked for and may not have, on record though nothing else was written."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from framework.declare.actions import Read, keyset
from framework.declare.attributes import Attr, attribute, created_at, sequence_key
from framework.declare.resource import Resource
from framework.declare.rules import index, retention


class Refusal(Resource):
    """An attempt that was refused: who asked for which action of which record, from where and with what."""

    seq: Attr[int] = sequence_key()
    action: Attr[str] = attribute(doc="Resource and action: `program.rename`.")
    target_type: Attr[str] = attribute(doc="The resource it was asked of.")
    target_id: Attr[str | None] = attribute(
        default=None, doc="The record it named, whether or not it is there; absent for what is no key."
    )
    code: Attr[str] = attribute(doc="Why: `forbidden`, or `not_found` where the record is hidden or is not there.")
    actor: Attr[str | None] = attribute(default=None, doc="Who asked: kind and id.")
    credential: Attr[str | None] = attribute(default=None, doc="By what they are known: `key dspex_1a2b3c4d`.")
    address: Attr[str | None] = attribute(default=None, doc="The address that the request came from.")
    request_id: Attr[UUID] = attribute(doc="The request it was part of.")
    at: Attr[datetime] = created_at()

    browse = Read(paginate=keyset(default=100, maximum=1000), orders=[at.desc()])

    _by_whom = index(actor, at.desc())
    _kept = retention(after=timedelta(days=90), since=at)
