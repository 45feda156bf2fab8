"""A trial: one candidate of a search and its score."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.spec.relationship import OnDelete
from framework.types.whole_numbers import Count, Ordinal
from resources.accounts.roles import DEVELOPERS, in_project, members_read
from resources.optimizations.optimization import Optimization


class Fidelity(StrEnum):
    """On how much of the validation split a candidate was scored."""

    FULL = "full"
    MINIBATCH = "minibatch"
    SKIPPED = "skipped"


class Trial(Resource):
    """What was tried. `candidate` is kept where it was the best so far, so that a cut-off search leaves a program."""

    id: Attr[UUID] = primary_key()
    number: Attr[Ordinal] = attribute()
    trials: Attr[Count] = attribute(ge=1, doc="How many trials there are to be.")
    score: Attr[float | None] = attribute(default=None)
    size: Attr[Count] = attribute(doc="How many examples it was scored on.")
    failed: Attr[Count] = attribute(default=0)
    fidelity: Attr[Fidelity] = attribute()
    best_score: Attr[float | None] = attribute(default=None, doc="The best full score so far.")
    candidate: Attr[dict[str, Any] | None] = attribute(default=None, doc="Its state, where it was the best so far.")
    created_at: Attr[datetime] = created_at()

    optimization: One[Optimization] = belongs_to(on_delete=OnDelete.CASCADE)

    browse = Read()
    record = Create(
        accept=[optimization, number, trials, score, size, failed, fidelity, best_score, candidate], private=True
    )

    policies = [
        *members_read(optimization.program.project),
        in_project(optimization.program.project, DEVELOPERS, record),
    ]

    unique_number = identity(optimization, number, message="this trial is on record already")
