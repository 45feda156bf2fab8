"""What is asked of a record is asked where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.expr.nodes import Aggregate, Along, Node, Outer, Ref, Some, walk
from framework.spec.action import ActionSpec
from framework.spec.changing import as_carried_out
from framework.spec.domain import DomainSpec
from framework.spec.policy import PolicySpec


def policies_of_records(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a condition on the record of an action that is about none."""
    for spec in domain.resources.values():
        for policy in spec.policies:
            for action in spec.actions.values():
                if policy.about(action) and not action.about_records:
                    yield from _problems(policy, action)


def _problems(policy: PolicySpec, action: ActionSpec) -> Iterator[Problem]:
    for name in _asked(as_carried_out(policy.when, action)):
        says = f"`{action.name}` is about no record, so there is no `{name}` to look at"
        yield Problem(policy.source, policy.path, says, "name the actions that are about one")
        return


def _asked(node: Node) -> Iterator[str]:
    for part in walk(node):
        match part:
            case Ref(name) | Along(link=name) | Some(link=name) | Aggregate(link=name):
                yield name
            case Outer():
                yield "record"
