"""What a key may be used for: words that name actions. A key acts as its user, and in no more than its scopes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from framework.errors import Issue
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.suggest import did_you_mean

EVERYTHING, READ, ALL_OF = "*", "read", "*"


def scopes_allow(scopes: Collection[str] | None, action: ActionSpec) -> bool:
    """Whether one of the scopes names the action; who has none given (None) is not narrowed, and `[]` allows nothing.

    `*` is every action, `read` every read, `Dataset.*` all of a resource, `Program.execute` that one.
    """
    return scopes is None or any(_names(scope, action) for scope in scopes)


def _names(scope: str, action: ActionSpec) -> bool:
    if scope == READ:
        return action.kind is ActionKind.READ
    return scope in (EVERYTHING, f"{action.resource}.{ALL_OF}", f"{action.resource}.{action.name}")


def within(asked: Collection[str], own: Collection[str] | None, domain: DomainSpec) -> bool:
    """Whether nothing is asked for that one's own scopes do not name, today or once there are more actions."""
    return own is None or all(any(_covers(one, each, domain) for one in own) for each in asked)


def _covers(own: str, asked: str, domain: DomainSpec) -> bool:
    if own in (EVERYTHING, asked):
        return True
    resource, _, name = asked.partition(".")
    action = domain.resources[resource].actions.get(name) if resource in domain.resources else None
    return own == f"{resource}.{ALL_OF}" or (action is not None and _names(own, action))


def unknown_scopes(scopes: Collection[str], domain: DomainSpec) -> Iterator[Issue]:
    """What is wrong with each scope that names nothing there is."""
    known = [
        EVERYTHING,
        READ,
        *(f"{name}.{ALL_OF}" for name in domain.resources),
        *(f"{spec.name}.{action}" for spec in domain.resources.values() for action in spec.actions),
    ]
    for place, scope in enumerate(scopes):
        if scope not in known:
            meant = did_you_mean(scope, known)
            hint = meant or "write `*`, `read`, `Resource.*` or `Resource.action`"
            yield Issue("unknown_scope", f"`{scope[:100]}` names no action", ("scopes", place), hint=hint)
