"""An import that is under way: while it is, nobody else imports into its dataset."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from framework.declare.actions import Create, Job
from framework.declare.attributes import Attr, created_at, primary_key, updated_at
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.spec.action import Scope
from resources.accounts.roles import ANNOTATORS, by_the_system_alone, in_project, owners_may_everything
from resources.datasets.dataset import Dataset


class DatasetImport(Resource):
    """There while an import is under way, and gone with the moment in which all see what it brought. Never shown."""

    id: Attr[UUID] = primary_key()
    created_at: Attr[datetime] = created_at()
    seen_at: Attr[datetime] = updated_at()

    dataset: One[Dataset] = belongs_to(private=True)

    begin = Create(accept=[dataset], private=True, quiet=True)
    clear_abandoned = Job(
        verb("resources.datasets.clear_abandoned"),
        scope=Scope.RESOURCE,
        every=60.0,
        doc="Removes what imports have written whose process died before they were over.",
    )

    policies = [
        owners_may_everything(),
        in_project(dataset.project, ANNOTATORS, begin),
        by_the_system_alone(clear_abandoned),
    ]

    one_at_a_time = identity(dataset, message="another import into this dataset is under way")
