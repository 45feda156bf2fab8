"""The check that an optimizer knows its settings and has enough examples and calls to work with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.actions.verb import load_verb
from framework.data.selection import Selection
from framework.declare.verbs import verb
from framework.errors import Issue
from framework.expr.nodes import equals
from resources.datasets.example import Split
from resources.datasets.held_examples import held_counts
from resources.language_models.validate_model import definition_of
from resources.programs.allowed_tools import allowed_tools

# By name, since optimizers come with DSPy, which nobody loads who only declares.
PARAM_ISSUES = verb("resources.optimizations.optimizer_param_issues")
TARGET_ISSUES = verb("resources.optimizations.target_issues")
ROLES = {Split.TRAIN: "training", Split.VALIDATION: "validation", Split.TEST: "holdout"}


@dataclass(frozen=True, slots=True)
class ValidateOptimizerParams(Change):
    """Refuses a search that could not begin."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Counts the examples in the transaction that starts the run."""
        return [await _checked(changeset, session) for changeset in changesets]


def validate_optimizer_params() -> ValidateOptimizerParams:
    """The optimizer fits its settings, the data and the budget."""
    return ValidateOptimizerParams()


async def _checked(changeset: Changeset, session: Session) -> Changeset:
    if changeset.issues:
        return changeset
    counts = await held_counts(session, changeset.value("dataset_id"), changeset.value("dataset_version"))
    changeset = changeset.wrong(*await _unpriced(changeset, session), *await _untargeted(changeset, session))
    issues_of = await asyncio.to_thread(load_verb, PARAM_ISSUES)
    found = {ROLES[split]: number for split, number in counts.items()}
    optimizer, params = str(changeset.value("optimizer")), changeset.value("params")
    calls = changeset.value("budget").calls
    return changeset.wrong(*await issues_of(optimizer, params, found, calls=calls))


async def _untargeted(changeset: Changeset, session: Session) -> list[Issue]:
    """Parts that the version has not, by which nothing could be improved."""
    if not (targets := changeset.value("targets")):
        return []
    mine = equals(id=changeset.value("version_id"))
    (version,) = await session.writer.read(Selection(session.domain.resources["ProgramVersion"], ("definition",), mine))
    issues_of = await asyncio.to_thread(load_verb, TARGET_ISSUES)
    found: list[Issue] = await issues_of(version, targets, allowed_tools(session))
    return found


async def _unpriced(changeset: Changeset, session: Session) -> list[Issue]:
    """A limit in dollars is only one where the price of the model is known."""
    if changeset.value("budget").usd is None:
        return []
    spec = session.domain.resources["LanguageModel"]
    mine = equals(id=changeset.value("model_id"))
    (model,) = await session.writer.read(Selection(spec, tuple(spec.attributes), mine))
    if definition_of(model).cost(1, 1) is not None:
        return []
    message = f"a budget in dollars cannot be kept: the price of the model {model['name']!r} is not known"
    hint = "set `input_price` and `output_price` of the model"
    return [Issue("budget_without_price", message, ("budget", "usd"), hint=hint)]
