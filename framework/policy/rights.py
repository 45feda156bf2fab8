"""Who may do what with the records of a resource, a line for each rule about each action, as a review reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from framework.policy.prose import conditions_in_words, rule_in_words
from framework.spec.domain import DomainSpec
from framework.spec.policy import Effect
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Right:
    """What one rule says of one action or field, or a filter of all records."""

    about: str
    effect: str
    says: str


def rights_of(spec: ResourceSpec) -> Iterator[Right]:
    """Those of a resource: of its actions in the order declared, those that outweigh others first, then its fields."""
    for name, action in spec.actions.items():
        for effect in Effect:
            for policy in spec.policies:
                if policy.effect is effect and policy.about(action):
                    yield Right(name, effect.value, rule_in_words(policy))
    for said in spec.field_policies.values():
        if said.readable:
            yield Right(said.name, "readable", conditions_in_words(said.readable))
        if said.writable:
            yield Right(said.name, "writable", conditions_in_words(said.writable))
    if spec.tenancy is not None and not spec.tenancy.shared:
        yield Right("*", "within", f"the tenant of its `{spec.tenancy.attribute}`")
    past = {name: [action.name for action in spec.actions.values() if name in action.past] for name in spec.base}
    for name, filtered in spec.base.items():
        words = conditions_in_words((filtered.condition,))
        yield Right(name, "base", words + (f", but not for {', '.join(past[name])}" if past[name] else ""))


def rights_in_lines(domain: DomainSpec) -> list[str]:
    """`Document edit allow when …`: a line for each, and one for a resource that no rule speaks of."""
    lines: list[str] = []
    for spec in domain.resources.values():
        if not domain.polices(spec):
            lines.append(f"{spec.name} anybody may do anything")
        elif spec.stored and spec.reader is None:
            lines.append(f"{spec.name} nobody may see it, as no read finds it")
        lines.extend(f"{spec.name} {right.about} {right.effect} {right.says}" for right in rights_of(spec))
    return lines
