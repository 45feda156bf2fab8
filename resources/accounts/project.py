"""A project: what belongs together, and later who may see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.resource import Resource
from framework.declare.rules import identity

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
# Known beforehand, so that what is made without naming a project has one.
DEFAULT_PROJECT = UUID("01900000-0000-7000-8000-000000000001")


class Project(Resource):
    """What belongs together: programs, data and runs of one team or product."""

    id: Attr[UUID] = primary_key()
    slug: Attr[str] = attribute(max_length=80, pattern=SLUG)
    name: Attr[str] = attribute(min_length=1, max_length=200)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    browse = Read()
    create = Create(accept=[slug, name])
    update = Update(accept=[slug, name])

    unique_slug = identity(slug, message="another project has this slug")
