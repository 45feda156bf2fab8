"""The check that there is something to evaluate on, and that the metric can score all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.selection import Ordering, Selection
from framework.expr.nodes import Ref, equals, every
from resources.datasets.held_examples import held_in


@dataclass(frozen=True, slots=True)
class ScorableExamples(Change):
    """Refuses a split without examples, or with one that no label is there to score by, before a model is asked."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Reads the labels in the transaction that starts the run, once it is fixed which version is meant."""
        return [await _checked(changeset, session) for changeset in changesets]


def scorable_examples() -> ScorableExamples:
    """The split has examples, and the metric can score each of them."""
    return ScorableExamples()


async def _checked(changeset: Changeset, session: Session) -> Changeset:
    if changeset.issues:
        return changeset
    version, split = changeset.value("dataset_version"), changeset.value("split")
    labels = await _labels(changeset, session)
    if not labels:
        says = f"the dataset holds no {split} examples in version {version}"
        return changeset.refused("too_few_examples", says, "split", hint="import some, or choose another split")
    compared = await _compared(changeset, session)
    lacking = [key for key, said in labels.items() if not said & set(compared)]
    if lacking:
        says = (
            f"{len(lacking)} of {len(labels)} {split} examples have no label that the metric compares: "
            f"`{lacking[0]}` has {_listed(sorted(labels[lacking[0]]))}, the metric compares {_listed(compared)}"
        )
        return changeset.refused("no_expectation", says, "metric_id", hint="import the labels, or use another metric")
    return changeset


async def _labels(changeset: Changeset, session: Session) -> dict[str, set[str]]:
    """The names of the labels of each example, by its key."""
    held = every(
        equals(dataset_id=changeset.value("dataset_id"), split=changeset.value("split")),
        held_in(changeset.value("dataset_version")),
    )
    by_key = (Ordering(Ref("key")),)
    rows = await session.writer.read(Selection(session.domain.resources["Example"], ("key", "labels"), held, by_key))
    return {row["key"]: set(row["labels"]) for row in rows}


async def _compared(changeset: Changeset, session: Session) -> list[str]:
    """The fields of the metric, whose definition is kept in its full form."""
    mine = equals(id=changeset.value("metric_id"))
    (metric,) = await session.writer.read(Selection(session.domain.resources["Metric"], ("definition",), mine))
    fields: list[dict[str, Any]] = metric["definition"]["fields"]
    return [field["name"] for field in fields]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
