"""A membership: what a user may do in a project."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from framework.declare.actions import Create, Destroy, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.policies import allow
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.expr.build import actor
from framework.spec.relationship import OnDelete
from resources.accounts.project import Project
from resources.accounts.roles import OWNERS, Role, in_project, members_read
from resources.accounts.user import User


class Membership(Resource):
    """A user's role in a project, one for each."""

    id: Attr[UUID] = primary_key()
    role: Attr[Role] = attribute()
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    user_id: Attr[UUID]
    user: One[User] = belongs_to(on_delete=OnDelete.CASCADE)
    project_id: Attr[UUID]
    project: One[Project] = belongs_to(on_delete=OnDelete.CASCADE)

    browse = Read(orders=[created_at.desc()])
    add = Create(accept=[user, project, role], private=True)
    change = Update(accept=[role], private=True)
    remove = Destroy(private=True)

    policies = [
        *members_read(project),
        allow(browse).when(user.id == actor("user_id")),
        in_project(project, OWNERS, add, change, remove),
    ]

    unique_pair = identity(user, project, message="this user is a member of the project already")
