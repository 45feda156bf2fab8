"""A metric: how outputs are compared with what was expected, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from resources.accounts.project import DEFAULT_PROJECT, Project
from resources.accounts.roles import DEVELOPERS, in_project, members_read
from resources.evaluations.validate_metric import validate_metric


class Metric(Resource):
    """A score from 0 to 1: the weighted mean over the fields compared."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(min_length=1, max_length=120)
    definition: Attr[dict[str, Any]] = attribute(
        doc='Kind and fields: {"kind": "exact", "fields": [{"name": "team", "weight": 1}]}.'
    )
    created_at: Attr[datetime] = created_at()

    project_id: Attr[UUID] = attribute(default=DEFAULT_PROJECT)
    project: One[Project] = belongs_to()

    browse = Read()
    create = Create(accept=[project_id, name, definition], steps=[validate_metric()])

    policies = [
        *members_read(project),
        in_project(project, DEVELOPERS, create),
    ]

    unique_name = identity(project_id, name, message="another metric has this name")
