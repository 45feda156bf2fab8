"""A create can give every attribute that has to have a value."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec


def fillable_creates(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a create that fails whatever it is given; one with steps may be filled by those."""
    for spec in domain.stored:
        for action in spec.actions.values():
            if action.kind is not ActionKind.CREATE or action.steps:
                continue
            for attribute in spec.attributes.values():
                if attribute.required and attribute.name not in action.accept:
                    says = f"`{attribute.name}` has to have a value, and nothing here gives it one"
                    hint = "accept it, give it a default, or set it in a step"
                    yield Problem(action.source, f"{spec.name}.{action.name}", says, hint)
