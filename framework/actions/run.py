"""Carrying out by a verb: the function that an action names, called once for all calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.actions.request import Call
from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.errors import Failure
from framework.spec.action import ActionSpec


async def run(changesets: Sequence[Changeset], session: Session) -> list[Outcome | Failure]:
    """What the verb gives for every changeset, typed as the action returns it.

    A verb takes all calls at once, `async def verb(calls: Sequence[Call], session: Session) -> Sequence[Any]`,
    and may give a Failure in the place of a result: that one call failed and the others did not.
    """
    action = changesets[0].action
    if action.run is None:
        raise LookupError(f"`{action.resource}.{action.name}` has no verb to run")
    verb = load_verb(action.run)
    calls = [Call(action, arguments_of(changeset), changeset.id, changeset.record) for changeset in changesets]
    results = await verb(calls, session)
    if len(results) != len(changesets):
        raise TypeError(f"`{action.resource}.{action.name}` gave {len(results)} results for {len(changesets)} calls")
    return [
        result if isinstance(result, Failure) else outcome(changeset, _typed(action, result))
        for changeset, result in zip(changesets, results, strict=True)
    ]


def arguments_of(changeset: Changeset) -> Mapping[str, Any]:
    """The arguments of a verb: as they were given, or as steps have set them."""
    return {**changeset.arguments, **changeset.values}


def outcome(changeset: Changeset, result: Any) -> Outcome:
    """What came of a call of a verb."""
    return Outcome(changeset, changeset.record or changeset.resource.record.of({}), result)


def _typed(action: ActionSpec, result: Any) -> Any:
    if action.returns is None:
        return result
    value, issues = action.returns.cast(result)
    if issues:
        wrong = "; ".join(f"{'.'.join(map(str, issue.path))}: {issue.message}" for issue in issues)
        raise TypeError(f"`{action.resource}.{action.name}` gave what it does not declare: {wrong}")
    return value
