"""Every move of a state machine is an update action of that name, and jobs tell actions that exist."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean


def moves_have_actions(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a move that nobody can make, and to a job that tells an action that is not there."""
    for spec in domain.resources.values():
        updates = [name for name, action in spec.actions.items() if action.kind is ActionKind.UPDATE]
        yield from _moves(spec, updates)
        for action in spec.actions.values():
            for word, name in (action.job.told if action.job else {}).items():
                if name not in updates:
                    says = f"`{name}` is not an update action"
                    yield Problem(action.source, f"{spec.name}.{action.name}.{word}", says, did_you_mean(name, updates))


def _moves(spec: ResourceSpec, updates: list[str]) -> Iterator[Problem]:
    if spec.machine is None:
        return
    source = spec.attributes[spec.machine.attribute].source
    for move in spec.machine.transitions:
        if move not in updates:
            says = f"there is no update action `{move}`"
            hint = did_you_mean(move, updates) or f"add `{move} = Update()`"
            yield Problem(source, f"{spec.name}.{spec.machine.attribute}.{move}", says, hint)
