"""A dataset: examples in splits, versioned as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from framework.declare.actions import Action, Create, Destroy, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.types.whole_numbers import Count
from resources.accounts.project import DEFAULT_PROJECT, Project
from resources.accounts.roles import ANNOTATORS, DEVELOPERS, MAINTAINERS, in_project, members_read
from resources.programs.signature import Signature

if TYPE_CHECKING:
    from resources.datasets.example import Example


class ImportReport(BaseModel):
    """What an import did: lines read, examples that are new, those corrected, and lines the dataset held already."""

    lines: Count
    added: Count
    changed: Count
    unchanged: Count
    version: Count


class Dataset(Resource):
    """A named collection of examples. Every import makes a new version; older ones stay readable."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(min_length=1, max_length=200)
    description: Attr[str] = attribute(default="", max_length=5000)
    version: Attr[Count] = attribute(default=0, doc="Counts up with each change of its examples.")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    project_id: Attr[UUID] = attribute(default=DEFAULT_PROJECT)
    project: One[Project] = belongs_to()
    signature: One[Signature | None] = belongs_to(doc="What its examples have to fit, when it is given.")
    examples: Many[Example] = has_many()
    example_count: Attr[int] = count(
        examples,
        where=lambda example: (
            (example.from_version <= Dataset.version)
            & (example.to_version.is_null() | (example.to_version > Dataset.version))
        ),
    )

    browse = Read()
    create = Create(accept=[project_id, name, description, signature])
    update = Update(accept=[name, description])
    remove = Destroy(doc="Removes a dataset that has never held an example.")
    advance = Update(accept=[version], private=True)
    import_examples = Action(
        verb("resources.datasets.import_examples"),
        arguments={"content": argument(str, doc="JSON Lines: key, inputs, labels, split.")},
        returns=ImportReport,
        doc=(
            "Adds the examples of a JSON Lines text, all of them or, if any line is wrong, none. A line with the key "
            "or the inputs of an example corrects it: the dataset's next version holds what the line says."
        ),
    )

    policies = [
        *members_read(project),
        in_project(project, DEVELOPERS, create, update),
        in_project(project, ANNOTATORS, import_examples, advance),
        in_project(project, MAINTAINERS, remove),
    ]

    unique_name = identity(project_id, name, message="another dataset has this name")
