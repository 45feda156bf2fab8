"""A policy names actions that are there, and every action is named by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.domain import DomainSpec
from framework.spec.policy import Effect, PolicySpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def named_actions(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to policies about actions that are not there."""
    for spec in domain.resources.values():
        for policy in spec.policies:
            yield from _names(policy, spec)
            yield from _kinds(policy, spec)


def every_action_named(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to actions that no policy names: nobody could call them, which nobody has said.

    What is about every action names all of them only where it allows: a bypass for some leaves the others forgotten.
    """
    if not domain.has_policies:
        return
    for spec in filter(domain.polices, domain.resources.values()):
        naming = [said for said in spec.policies if said.selective or said.effect is Effect.ALLOW]
        for action in spec.actions.values():
            if not any(said.about(action) for said in naming):
                hint = "say who may in an `allow(…)` of the resource, or `Domain(policies=…)` for all without policies"
                yield Problem(action.source, f"{spec.name}.{action.name}", "is named by no policy", hint)


def _names(policy: PolicySpec, spec: ResourceSpec) -> Iterator[Problem]:
    for name, times in Counter(policy.names).items():
        if name not in spec.actions:
            hint = did_you_mean(name, spec.actions)
            yield Problem(policy.source, policy.path, f"`{spec.name}` has no action `{name}`", hint)
        elif times > 1:
            yield Problem(policy.source, policy.path, f"names `{name}` twice")


def _kinds(policy: PolicySpec, spec: ResourceSpec) -> Iterator[Problem]:
    """What is said of every resource without policies need not be about one of its actions in each."""
    if not policy.path.startswith(f"{spec.name}."):
        return
    kinds = {action.kind for action in spec.actions.values()}
    for kind in policy.kinds:
        if kind not in kinds:
            yield Problem(policy.source, policy.path, f"`{spec.name}` has no action of the kind {kind}")
