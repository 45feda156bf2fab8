"""What a model answered in a run, so that the run, begun again, asks nothing twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from framework.declare.actions import Create
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.spec.relationship import OnDelete
from resources.optimizations.optimization import Optimization


class RecordedCall(Resource):
    """One answer of a model, by the digest of what it was asked. Never shown."""

    id: Attr[UUID] = primary_key()
    key: Attr[str] = attribute(private=True)
    answer: Attr[dict[str, Any]] = attribute(private=True)

    optimization: One[Optimization] = belongs_to(on_delete=OnDelete.CASCADE, private=True)

    keep = Create(accept=[optimization, key, answer], private=True, quiet=True)

    unique_key = identity(optimization, key)
