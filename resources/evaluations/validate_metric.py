"""The check that a metric's definition is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.step import Change
from framework.context import Context
from framework.errors import Invalid
from framework.lm.metrics.metric_json import metric_from_json, metric_to_json


@dataclass(frozen=True, slots=True)
class ValidateMetric(Change):
    """Refuses a definition that cannot score, and keeps it in its full form."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Reads the definition as a metric."""
        return [_checked(changeset) for changeset in changesets]


def validate_metric() -> ValidateMetric:
    """The definition is a metric."""
    return ValidateMetric()


def _checked(changeset: Changeset) -> Changeset:
    try:
        metric = metric_from_json(changeset.value("definition"))
    except Invalid as failure:
        return changeset.wrong(*(issue.under("definition") for issue in failure.issues))
    return changeset.setting(definition=metric_to_json(metric))
