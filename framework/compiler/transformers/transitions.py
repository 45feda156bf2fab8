"""Ties every move of a state machine to the update action of its name."""

from __future__ import annotations

from dataclasses import replace

from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec


def transitions(domain: DomainSpec) -> DomainSpec:
    """The domain with each update that is a move knowing its transition."""
    return replace(domain, resources={name: _tied(spec) for name, spec in domain.resources.items()})


def _tied(spec: ResourceSpec) -> ResourceSpec:
    if spec.machine is None:
        return spec
    moves = spec.machine.transitions
    actions = {
        name: replace(action, transition=moves.get(name)) if action.kind is ActionKind.UPDATE else action
        for name, action in spec.actions.items()
    }
    return replace(spec, actions=actions)
