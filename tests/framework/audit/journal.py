"""A domain whose changes are audited: notes that their owners alone may see, and a lead may read."""

from __future__ import annotations

from uuid import UUID

from framework import (
    AUDIT,
    STANDARD,
    Attr,
    Create,
    Destroy,
    Domain,
    Many,
    OnDelete,
    One,
    Read,
    Resource,
    Update,
    actor,
    allow,
    attribute,
    belongs_to,
    field,
    forbid,
    has_many,
    primary_key,
)


class Note(Resource):
    """What somebody wrote down."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=80)
    stars: Attr[int] = attribute(default=0)
    pin: Attr[str | None] = attribute(default=None, sensitive=True)
    price: Attr[int | None] = attribute(default=None)
    secret: Attr[str | None] = attribute(default=None, private=True)
    owner: Attr[str | None] = attribute(default=actor("id"))
    lines: Many[Line] = has_many()
    browse = Read()
    write = Create(accept=[title, pin, price])
    retitle = Update(accept=[title, pin, price])
    keep = Update(accept=[secret], private=True)
    count = Update(accept=[stars], quiet=True)
    remove = Destroy()
    burn = Destroy()
    policies = [
        allow(browse).when((owner == actor("id")) | (actor("role") == "lead")),
        allow(retitle, keep, count, remove).when(owner == actor("id")),
        allow(write),
        allow(burn).when(actor("role") == "nobody"),
        field(price).readable_when(actor("role") == "lead"),
    ]


class Line(Resource):
    """A part of a note, which goes with it."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute(max_length=80)
    note: One[Note] = belongs_to(on_delete=OnDelete.CASCADE)
    browse = Read()
    add = Create(accept=[text, note])
    drop = Destroy()


class Sealed(Resource):
    """What nobody may read."""

    id: Attr[UUID] = primary_key()
    browse = Read()
    policies = [forbid(browse)]


JOURNAL = Domain("journal", [Note, Line, Sealed], (*STANDARD, AUDIT), policies=[allow()])
