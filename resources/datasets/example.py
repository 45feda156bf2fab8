"""An example: inputs and the outputs expected for them, in one split, from one dataset version to another."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.types.whole_numbers import Ordinal
from resources.accounts.roles import ANNOTATORS, in_project, members_read
from resources.datasets.dataset import Dataset


class Split(StrEnum):
    """What an example is for: to learn from, to choose by, or to judge the result by."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Example(Resource):
    """One case. It holds for the dataset's versions from `from_version` up to, without, `to_version`.

    One that begins with a version which the dataset has not come to belongs to an import that is under way.
    """

    id: Attr[UUID] = primary_key()
    key: Attr[str] = attribute(min_length=1, max_length=200)
    inputs: Attr[dict[str, Any]] = attribute()
    labels: Attr[dict[str, Any]] = attribute()
    split: Attr[Split] = attribute()
    content_hash: Attr[str] = attribute(doc="SHA-256 of the inputs, whatever their case and spacing.")
    from_version: Attr[Ordinal] = attribute()
    to_version: Attr[Ordinal | None] = attribute(default=None)
    created_at: Attr[datetime] = created_at()

    dataset: One[Dataset] = belongs_to()

    # What an import has written that is not over is nobody's business yet.
    browse = Read(where=from_version <= dataset.version, orders=[dataset, (dataset, split)])
    add = Create(accept=[dataset, key, inputs, labels, split, content_hash, from_version], private=True, quiet=True)
    supersede = Update(
        accept=[to_version],
        private=True,
        quiet=True,
        doc="Ends with the version in which its correction takes its place; without one it holds again.",
    )

    policies = [
        *members_read(dataset.project),
        in_project(dataset.project, ANNOTATORS, add, supersede),
    ]

    unique_key = identity(dataset, key, where=to_version.is_null(), message="the dataset has an example of this key")
    unique_content = identity(
        dataset, content_hash, where=to_version.is_null(), message="the dataset has an example of these inputs"
    )
