"""A version of a program: what it is and what it has learned, immutable, known by its digest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from framework.declare.actions import Action, Create, Read
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.types.whole_numbers import Count, Ordinal
from resources.accounts.roles import DEVELOPERS, MEMBERS, in_project, members_read
from resources.programs.program import Program


class Origin(StrEnum):
    """Where a version came from."""

    AUTHORED = "authored"
    OPTIMIZED = "optimized"
    IMPORTED = "imported"
    SWAPPED = "swapped"


class ProgramVersion(Resource):
    """A program as it was at one time. No action changes or deletes one."""

    id: Attr[UUID] = primary_key()
    number: Attr[Ordinal] = attribute()
    digest: Attr[str] = attribute(doc="SHA-256 of definition and state: equal digests answer alike.")
    origin: Attr[Origin] = attribute(default=Origin.AUTHORED)
    parent_number: Attr[Ordinal | None] = attribute(default=None, doc="The version it was improved from.")
    optimization_id: Attr[UUID | None] = attribute(default=None, doc="The optimization that made it.")
    definition: Attr[dict[str, Any]] = attribute(doc="Signature, module and tools, as they were.")
    diagram: Attr[str] = attribute(default="", doc="What it does, as a flowchart in Mermaid.")
    state: Attr[dict[str, Any]] = attribute(default_factory=dict, doc="Instructions and demonstrations; JSON only.")
    size_bytes: Attr[Count] = attribute(default=0)
    dspy_version: Attr[str] = attribute(default="")
    created_at: Attr[datetime] = created_at()

    program: One[Program] = belongs_to()

    browse = Read()
    record = Create(
        accept=[
            program, number, digest, origin, parent_number, optimization_id,
            definition, diagram, state, size_bytes, dspy_version,
        ],
        private=True,
    )  # fmt: skip

    export = Action(
        verb("resources.programs.carry_state:export_states"),
        returns=dict[str, Any],
        doc="What the version has learned, as DSPy's `program.save` writes it, for `program.load` of plain DSPy.",
    )

    policies = [
        *members_read(program.project),
        in_project(program.project, DEVELOPERS, record),
        in_project(program.project, MEMBERS, export),
    ]

    unique_number = identity(program, number, message="this version exists already")
