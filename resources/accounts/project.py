"""A project: what belongs together, and whose members see it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.policies import allow, forbid
from framework.declare.relationships import Many, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.expr.build import actor
from resources.accounts.roles import Role, owners_may_everything

if TYPE_CHECKING:
    from resources.accounts.membership import Membership

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

    memberships: Many[Membership] = has_many()

    browse = Read()
    create = Create(accept=[slug, name])
    update = Update(accept=[slug, name])

    policies = [
        owners_may_everything(),
        allow(browse).when(
            memberships.any(lambda each: each.user_id == actor("user_id")),
            actor("project_id").is_null() | (id == actor("project_id")),
        ),
        allow(update).when(
            memberships.any(lambda each: (each.user_id == actor("user_id")) & (each.role == Role.OWNER)),
            actor("project_id").is_null() | (id == actor("project_id")),
        ),
        forbid(create).because("owners of the installation make projects"),
    ]

    unique_slug = identity(slug, message="another project has this slug")
