"""What a model answered in a run, so that the run, begun again, asks nothing twice. It goes with the end of the run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from framework.declare.actions import Create
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity, retention
from framework.spec.relationship import OnDelete
from resources.accounts.roles import DEVELOPERS, in_project, owners_may_everything
from resources.evaluations.run_state import OVER
from resources.optimizations.optimization import Optimization


class RecordedCall(Resource):
    """One answer of a model, by the digest of what it was asked. Never shown."""

    id: Attr[UUID] = primary_key()
    key: Attr[str] = attribute(private=True)
    answer: Attr[dict[str, Any]] = attribute(private=True)
    created_at: Attr[datetime] = created_at()

    optimization: One[Optimization] = belongs_to(on_delete=OnDelete.CASCADE, private=True)

    keep = Create(accept=[optimization, key, answer], private=True, quiet=True)

    policies = [owners_may_everything(), in_project(optimization.program.project, DEVELOPERS, keep)]

    unique_key = identity(optimization, key)
    # Those of a search that has succeeded are gone by then. Another one may be tried again by hand for so long.
    _kept = retention(after=timedelta(days=7), since=created_at, where=optimization.state.one_of(OVER))
