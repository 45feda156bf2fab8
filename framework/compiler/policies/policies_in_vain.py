"""Every policy decides something."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.expr.nodes import FALSE
from framework.expr.reduce import UNKNOWN, reduced
from framework.spec.domain import DomainSpec
from framework.spec.policy import Effect, PolicySpec
from framework.spec.resource import ResourceSpec

DOES = {Effect.ALLOW: "allows", Effect.FORBID: "forbids", Effect.BYPASS: "lets pass"}


def policies_in_vain(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to rules of a resource that change nothing, as others decide already."""
    for spec in domain.resources.values():
        for position, policy in enumerate(spec.policies):
            # What is said of every resource without policies need not matter in each.
            if policy.path.startswith(f"{spec.name}."):
                yield from _never(policy)
                yield from _outweighed(policy, position, spec)


def _never(policy: PolicySpec) -> Iterator[Problem]:
    if any(reduced(condition.met) in (FALSE, UNKNOWN) for condition in policy.conditions):
        yield Problem(policy.source, policy.path, "asks for what is never true", "leave out the rule")


def _outweighed(policy: PolicySpec, position: int, spec: ResourceSpec) -> Iterator[Problem]:
    about = _about(policy, spec)
    for place, other in enumerate(spec.policies):
        if place == position or not about or not about <= _about(other, spec):
            continue
        if other.conditions:
            same = (other.effect, other.when, about) == (policy.effect, policy.when, _about(other, spec))
            if same and place < position:
                yield Problem(policy.source, policy.path, f"says what `{other.path}` says already", "leave one of them")
        elif _decides(other, policy) and (place < position or not _decides(policy, other) or policy.conditions):
            says = f"is in vain: `{other.path}` {DOES[other.effect]} all of that, whatever is asked"
            yield Problem(policy.source, policy.path, says, "leave out one of them")
            return


def _decides(other: PolicySpec, policy: PolicySpec) -> bool:
    """Whether a rule without conditions leaves the other one nothing to say about the same actions."""
    stronger = {Effect.ALLOW: {Effect.FORBID, Effect.BYPASS}, Effect.FORBID: {Effect.BYPASS}}
    return other.effect is policy.effect or other.effect in stronger.get(policy.effect, set())


def _about(policy: PolicySpec, spec: ResourceSpec) -> frozenset[str]:
    return frozenset(name for name, action in spec.actions.items() if policy.about(action))
