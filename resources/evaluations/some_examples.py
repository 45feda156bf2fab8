"""The check that there is something to evaluate on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from resources.datasets.held_examples import held_counts


@dataclass(frozen=True, slots=True)
class SomeExamples(Change):
    """Refuses a split without examples, once it is fixed which version of the dataset is meant."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Counts in the transaction that starts the run."""
        return [await _counted(changeset, session) for changeset in changesets]


def some_examples() -> SomeExamples:
    """The split has examples."""
    return SomeExamples()


async def _counted(changeset: Changeset, session: Session) -> Changeset:
    if changeset.issues:
        return changeset
    version, split = changeset.value("dataset_version"), changeset.value("split")
    if (await held_counts(session, changeset.value("dataset_id"), version))[split]:
        return changeset
    message = f"the dataset holds no {split} examples in version {version}"
    return changeset.refused("too_few_examples", message, "split", hint="import some, or choose another split")
