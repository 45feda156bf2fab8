"""Whether one may: asked without doing anything, and answered with every rule that has a say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from framework.actions.cast import cast
from framework.actions.changeset import Changeset
from framework.actions.permission.permits import held_to_permits, permitted
from framework.actions.permission.reasons import reason
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Forbidden, Invalid, NotFound
from framework.expr.nodes import TRUE
from framework.policy.breakdown import RuleAnswer
from framework.spec.action import ActionSpec


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a call is allowed; None where that hangs on the record that it would make. `rules` are all that have a
    say in the action, and `reason` says what it takes where anything is asked."""

    allowed: bool | None
    rules: tuple[RuleAnswer, ...] = ()
    reason: str | None = None

    def told(self) -> dict[str, Any]:
        """What a client is told."""
        return {"allowed": self.allowed, "reason": None if self.allowed else self.reason}


async def permissions(session: Session, action: ActionSpec, requests: Sequence[Request]) -> list[Permission]:
    """The permission for each call, whatever else is wrong with it.

    Raises Invalid for what is no key of a record, and NotFound for one of a record that is not seen.
    """
    resource = session.domain.resources[action.resource]
    asked = [_by_itself(changeset) for changeset in cast(action, resource, requests)]
    held = permitted(action, asked, session)
    if action.needs_record:
        async with session.whole().snapshot_read() as reader:
            looked_at = iter(await held_to_permits([c for c in held if not c.refusals], reader))
        held = [c if c.refusals else next(looked_at) for c in held]
    for changeset in held:
        unseen = [failure for failure in changeset.refusals if isinstance(failure, NotFound)]
        if unseen:
            raise unseen[0]
    return [permission_of(changeset, session) for changeset in held]


def permission_of(changeset: Changeset, session: Session) -> Permission:
    """What is known of it by now: of a record, as far as it was looked at."""
    given: Mapping[str, Any] = {**changeset.arguments, **changeset.values}
    allowed = _allowed(changeset)
    said = None if allowed and not _hangs(changeset) else reason(changeset.action, session, given)
    return Permission(allowed, _rules(changeset, session, given), said)


async def refuse_forbidden(session: Session, action: ActionSpec, requests: Sequence[Request]) -> None:
    """Returns if every call is allowed; raises Forbidden, or NotFound for a record that is not seen."""
    for permission in await permissions(session, action, requests):
        if permission.allowed is False:
            raise Forbidden(f"`{action.resource}.{action.name}` is not allowed")


def _by_itself(changeset: Changeset) -> Changeset:
    """Without what is wrong with the input: whether one may is another question, but not of no record."""
    keys = [issue for issue in changeset.issues if issue.path == ("id",)]
    if keys:
        raise Invalid.of(keys)
    return replace(changeset, refusals=())


def _allowed(changeset: Changeset) -> bool | None:
    if changeset.refusals:
        return False
    return True if changeset.action.needs_record or not _hangs(changeset) else None


def _hangs(changeset: Changeset) -> bool:
    """Whether something is asked of the record."""
    return changeset.permit not in (None, TRUE)


def _rules(changeset: Changeset, session: Session, given: Mapping[str, Any]) -> tuple[RuleAnswer, ...]:
    if session.decisions is None:
        return ()
    found = session.decisions.breakdown(changeset.action, session.context, given)
    return tuple(rule for rule in found if rule.applies)
