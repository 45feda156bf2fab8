"""A signature: the typed contract of a program, in a version that never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from framework.declare.actions import Create, Read, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.types.whole_numbers import Ordinal
from resources.accounts.project import DEFAULT_PROJECT, Project
from resources.accounts.roles import DEVELOPERS, in_project, members_read
from resources.programs.define_signature import define_signature


class Signature(Resource):
    """What goes into a program and what comes out: `question: str -> answer: str, confidence: Probability`."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(min_length=1, max_length=120)
    version: Attr[Ordinal] = attribute(doc="Counts up with each new definition under the name.")
    text: Attr[str] = attribute(doc="The canonical text.")
    instructions: Attr[str] = attribute(default="", max_length=20_000)
    definition: Attr[dict[str, Any]] = attribute(doc="Inputs, outputs and instructions as JSON.")
    input_schema: Attr[dict[str, Any]] = attribute(doc="JSON Schema of the inputs.")
    output_schema: Attr[dict[str, Any]] = attribute(doc="JSON Schema of the outputs.")
    digest: Attr[str] = attribute(doc="SHA-256 of the canonical definition.")
    created_at: Attr[datetime] = created_at()

    project_id: Attr[UUID] = attribute(default=DEFAULT_PROJECT)
    project: One[Project] = belongs_to()

    browse = Read()
    create = Create(
        accept=[project_id, name, instructions],
        arguments={
            "text": argument(str | None, default=None, doc="The signature as text."),
            "definition": argument(dict[str, Any] | None, default=None, doc="The signature as JSON, instead of text."),
        },
        steps=[define_signature()],
        doc="Defines a signature; under a name that exists already, its next version.",
    )

    policies = [
        *members_read(project),
        in_project(project, DEVELOPERS, create),
    ]

    unique_version = identity(project_id, name, version, message="somebody defined this version at the same time")
