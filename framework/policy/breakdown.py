"""What each rule comes to for one call: the whole reckoning behind a decision."""

from __future__ import annotations

from dataclasses import dataclass

from framework.errors import Source
from framework.expr.nodes import Node
from framework.policy.binding import Known
from framework.policy.compiled import Compiled
from framework.policy.prose import rule_in_words
from framework.spec.action import ActionSpec
from framework.spec.policy import Effect


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule: whether it has a say in the action, and what its conditions come to.

    `answer` is `TRUE`, `FALSE`, unknown (`Value(None)`), or what has to be true of the record.
    """

    effect: Effect
    says: str
    applies: bool
    answer: Node
    source: Source
    path: str
    because: str | None = None


def breakdown(compiled: Compiled, action: ActionSpec, known: Known) -> tuple[RuleAnswer, ...]:
    """Every rule of the resource, in the order declared."""
    return tuple(
        RuleAnswer(
            said.effect,
            rule_in_words(said),
            said.about(action),
            compiled.rule(said, action)(known),
            said.source,
            said.path,
            said.because,
        )
        for said in compiled.domain.resources[action.resource].policies
    )
