"""A decision, explained: what every rule comes to for somebody and one record, and which of them decided.

For whoever runs an installation: it looks at records whoever may see them, of the session's own tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from framework.actions.cast import cast_id
from framework.actions.permission.on_records import seen_keys
from framework.actions.permission.reasons import NOT_FOR_THIS, NOTHING_ALLOWS
from framework.actions.permission.satisfied import unsatisfied
from framework.actions.session import Session
from framework.data.protocols import Reads
from framework.errors import Invalid, NotFound
from framework.expr.nodes import FALSE, TRUE, Not, Value, equals
from framework.policy.breakdown import RuleAnswer
from framework.policy.unrecorded import without_record
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.key_scopes import scopes_allow
from framework.spec.policy import Effect
from framework.spec.resource import ResourceSpec

HIDDEN = "the record is hidden from them, so for them there is none"
NOBODY_IS_REFUSED = "nobody is refused anything here"
HANGS_ON_A_RECORD = "that hangs on the record"


class Answer(StrEnum):
    """What the conditions of a rule come to."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    HANGS = "hangs on the record"


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule, in the order declared; `answer` is None where it is not about the action."""

    effect: Effect
    says: str
    path: str
    answer: Answer | None
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether it is allowed, None where that hangs on a record; why, where no rule decided; and all the rules."""

    allowed: bool | None
    why: str | None
    rules: tuple[ExplainedRule, ...] = ()


async def explained(session: Session, action: ActionSpec, id: Any = None) -> Explanation:  # noqa: A002
    """The decision about the action for the session's actor, who gives no input; raises Invalid and NotFound."""
    resource = session.domain.resources[action.resource]
    if session.decisions is None or not session.domain.polices(resource):
        return Explanation(allowed=True, why=NOBODY_IS_REFUSED)
    found = session.decisions.breakdown(action, session.context)
    if id is None:
        rules, hidden = [_explained(rule, _beforehand(rule, action)) for rule in found], False
    else:
        key = _key(resource, id)
        async with session.snapshot_read() as reader:
            if not await reader.whole().count(resource, equals(**{resource.key.name: key})):
                raise NotFound.record(resource.name, key)
            rules = [_explained(rule, await _answer(rule, resource, key, reader)) for rule in found]
            hidden = key not in await seen_keys(session, resource, [key], reader)
    if not scopes_allow(session.scopes, action):
        return Explanation(allowed=False, why=NOT_FOR_THIS, rules=tuple(rules))
    if hidden and action.kind is not ActionKind.READ:
        return Explanation(allowed=False, why=HIDDEN, rules=tuple(rules))
    return _decided(rules)


def _decided(rules: Sequence[ExplainedRule]) -> Explanation:
    """As the engine decides: a bypass outweighs all, forbidding outweighs allowing, and unknown refuses."""
    allowed, place = _decision(rules)
    if place is None:
        return Explanation(allowed, HANGS_ON_A_RECORD if allowed is None else NOTHING_ALLOWS, tuple(rules))
    told = (replace(rule, decided=number == place) for number, rule in enumerate(rules))
    return Explanation(allowed, None, tuple(told))


def _decision(rules: Sequence[ExplainedRule]) -> tuple[bool | None, int | None]:
    def first(effect: Effect, *answers: Answer) -> int | None:
        return next((n for n, rule in enumerate(rules) if rule.effect is effect and rule.answer in answers), None)

    passed = first(Effect.BYPASS, Answer.YES)
    if passed is not None:
        return True, passed
    if first(Effect.BYPASS, Answer.HANGS) is not None:
        return None, None
    forbidden = first(Effect.FORBID, Answer.YES, Answer.UNKNOWN)
    if forbidden is not None:
        return False, forbidden
    if first(Effect.ALLOW, Answer.YES, Answer.HANGS) is None:
        return False, None
    allowed = first(Effect.ALLOW, Answer.YES)
    open_ = allowed is None or first(Effect.FORBID, Answer.HANGS) is not None
    return (None, None) if open_ else (True, allowed)


def _explained(rule: RuleAnswer, answer: Answer) -> ExplainedRule:
    return ExplainedRule(rule.effect, rule.says, rule.path, answer if rule.applies else None)


def _beforehand(rule: RuleAnswer, action: ActionSpec) -> Answer:
    """What is known without a record."""
    known = _known(rule)
    if known is None and not action.about_records:
        known = Answer.YES if without_record(rule.answer) == TRUE else Answer.NO
    return Answer.HANGS if known is None else known


async def _answer(rule: RuleAnswer, resource: ResourceSpec, key: Any, reader: Reads) -> Answer:
    """What it comes to for the record, of the whole world."""
    known = _known(rule)
    if known is not None or not rule.applies:
        return known or Answer.HANGS
    world = reader.whole()
    if not await unsatisfied([(key, rule.answer)], resource, world):
        return Answer.YES
    return Answer.UNKNOWN if await unsatisfied([(key, Not(rule.answer))], resource, world) else Answer.NO


def _known(rule: RuleAnswer) -> Answer | None:
    if rule.answer in (TRUE, Value(value=True)):
        return Answer.YES
    if rule.answer in (FALSE, Value(value=False)):
        return Answer.NO
    return Answer.UNKNOWN if isinstance(rule.answer, Value) else None


def _key(resource: ResourceSpec, id: Any) -> Any:  # noqa: A002
    key, issues = cast_id(resource, id)
    if issues:
        raise Invalid.of(issues)
    return key
