"""Why one may not, in words: the rules that have a say, as they are declared and as they bind whoever asks.

Which of them a record meets is not looked at, so a reason is the same for every record, and tells nothing of any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framework.actions.session import Session
from framework.expr.nodes import FALSE, TRUE, Aggregate, Along, Ref, Some, Value, walk
from framework.policy.breakdown import RuleAnswer
from framework.spec.action import ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.key_scopes import scopes_allow
from framework.spec.policy import ConditionSpec, Effect, PolicySpec

NOT_FOR_THIS = "the key is not for this action"
NOT_FOUND = "no read that everybody begins with finds it"
NOTHING_ALLOWS = "nothing allows it"


def reason(action: ActionSpec, session: Session, given: Mapping[str, Any]) -> str | None:
    """What it takes, or what is in the way whatever else holds; None where nothing is asked."""
    if session.decisions is None:
        return None
    if not scopes_allow(session.scopes, action):
        return NOT_FOR_THIS
    policies = session.domain.resources[action.resource].policies
    answers = session.decisions.breakdown(action, session.context, given)
    said = [each for each in zip(policies, answers, strict=True) if each[1].applies]
    always = [each for each in said if each[1].effect is Effect.FORBID and each[1].answer == TRUE]
    if always:
        return f"forbidden {_either(always, session.domain)}"
    allowing = [each for each in said if each[1].effect is not Effect.FORBID]
    open_ = [each for each in allowing if _is_open(each[1])]
    forbidding = [each for each in said if each[1].effect is Effect.FORBID and _is_open(each[1])]
    parts = [f"allowed {_either(open_ or allowing, session.domain)}" if allowing else NOTHING_ALLOWS]
    return "; ".join(parts + ([f"forbidden {_either(forbidding, session.domain)}"] if forbidding else []))


def _is_open(answer: RuleAnswer) -> bool:
    """Whether it hangs on the record, or is met."""
    return answer.answer != FALSE and answer.answer != Value(None)


def _either(said: Sequence[tuple[PolicySpec, RuleAnswer]], domain: DomainSpec) -> str:
    private = _private(domain)
    words = (answer.says if _shown(policy, private) else "by a rule about what is not shown" for policy, answer in said)
    return ", or ".join(dict.fromkeys(words))


def _private(domain: DomainSpec) -> frozenset[str]:
    """The names that some resource keeps from transports."""
    named = (item for spec in domain.resources.values() for item in (*spec.values.values(), *_links(spec)))
    return frozenset(item.name for item in named if not item.public)


def _links(spec: Any) -> Sequence[Any]:
    return tuple(spec.relationships.values())


def _shown(policy: PolicySpec, private: frozenset[str]) -> bool:
    return not any(_names(condition) & private for condition in policy.conditions if condition.says is None)


def _names(condition: ConditionSpec) -> frozenset[str]:
    found = set()
    for node in walk(condition.node):
        match node:
            case Ref(name) | Along(link=name) | Some(link=name) | Aggregate(link=name):
                found.add(name)
    return frozenset(found)
