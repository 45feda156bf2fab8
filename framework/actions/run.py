"""Generic actions: the verb runs outside of any transaction, and opens short ones of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.actions.cast import cast
from framework.actions.prepare import apply_steps, refuse_wrong
from framework.actions.request import Call, Request
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.errors import Failure
from framework.spec.action import ActionSpec


async def run(session: Session, action: ActionSpec, requests: Sequence[Request]) -> list[Any]:
    """What the verb gives for every request, typed as the action returns it.

    A verb takes all calls at once, `async def verb(calls: Sequence[Call], session: Session) -> Sequence[Any]`,
    and may give a Failure in the place of a result: that one call failed and the others did not.
    """
    if action.run is None:
        raise LookupError(f"`{action.resource}.{action.name}` has no verb to run")
    changesets = cast(action, session.domain.resources[action.resource], requests)
    refuse_wrong(changesets)
    refuse_wrong(apply_steps(changesets, session.context))
    verb = load_verb(action.run)
    results = await verb([Call(action, c.arguments, c.id) for c in changesets], session)
    if len(results) != len(changesets):
        raise TypeError(f"`{action.resource}.{action.name}` gave {len(results)} results for {len(changesets)} calls")
    return [_typed(action, result) for result in results]


def _typed(action: ActionSpec, result: Any) -> Any:
    if isinstance(result, Failure) or action.returns is None:
        return result
    value, issues = action.returns.cast(result)
    if issues:
        wrong = "; ".join(f"{'.'.join(map(str, issue.path))}: {issue.message}" for issue in issues)
        raise TypeError(f"`{action.resource}.{action.name}` gave what it does not declare: {wrong}")
    return value


def raised(results: Sequence[Any]) -> list[Any]:
    """The results, if all are; the failure of one is raised, under its index when there were several."""
    for index, result in enumerate(results):
        if isinstance(result, Failure):
            raise result if len(results) == 1 else result.under(index)
    return list(results)
