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
MISFITS = verb("resources.optimizations.misfits")
ROLES = {Split.TRAIN: "training", Split.VALIDATION: "validation", Split.TEST: "holdout"}


@dataclass(frozen=True, slots=True)
class FittingOptimizer(Change):
    """Refuses a search that could not begin."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Counts the examples in the transaction that starts the run."""
        return [await _checked(changeset, session) for changeset in changesets]


def fitting_optimizer() -> FittingOptimizer:
    """The optimizer fits its settings and the data."""
    return FittingOptimizer()


async def _checked(changeset: Changeset, session: Session) -> Changeset:
    if changeset.issues:
        return changeset
    counts = await held_counts(session, changeset.value("dataset_id"), changeset.value("dataset_version"))
    misfits = await asyncio.to_thread(load_verb, MISFITS)
    found = {ROLES[split]: number for split, number in counts.items()}
    return changeset.wrong(*await misfits(str(changeset.value("optimizer")), changeset.value("params"), found))
