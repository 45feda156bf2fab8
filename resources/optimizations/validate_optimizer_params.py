"""The check that an optimizer knows its settings and has enough examples to work with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.actions.verb import load_verb
from framework.declare.verbs import verb
from resources.datasets.example import Split
from resources.datasets.held_examples import held_counts

# By name, since optimizers come with DSPy, which nobody loads who only declares.
PARAM_ISSUES = verb("resources.optimizations.optimizer_param_issues")
ROLES = {Split.TRAIN: "training", Split.VALIDATION: "validation", Split.TEST: "holdout"}


@dataclass(frozen=True, slots=True)
class ValidateOptimizerParams(Change):
    """Refuses a search that could not begin."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Counts the examples in the transaction that starts the run."""
        return [await _checked(changeset, session) for changeset in changesets]


def validate_optimizer_params() -> ValidateOptimizerParams:
    """The optimizer fits its settings and the data."""
    return ValidateOptimizerParams()


async def _checked(changeset: Changeset, session: Session) -> Changeset:
    if changeset.issues:
        return changeset
    counts = await held_counts(session, changeset.value("dataset_id"), changeset.value("dataset_version"))
    issues_of = await asyncio.to_thread(load_verb, PARAM_ISSUES)
    found = {ROLES[split]: number for split, number in counts.items()}
    optimizer, params = str(changeset.value("optimizer")), changeset.value("params")
    return changeset.wrong(*await issues_of(optimizer, params, found))
