"""What a write fills in by itself, and what it then has to satisfy: defaults, steps, transitions, completeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from framework.actions.cast import missing
from framework.actions.changeset import Changeset
from framework.actions.step import Change
from framework.context import Context
from framework.errors import Invalid
from framework.expr.nodes import Among, Ref
from framework.spec.action import ActionKind, ActionSpec


def steps_of(action: ActionSpec) -> list[Change]:
    """The steps of an action that take part in the engine."""
    return [step for step in action.steps if isinstance(step, Change)]


def defaults(changesets: Sequence[Changeset]) -> list[Changeset]:
    """With every default of a create, the new moment of what is touched, and the target of a transition."""
    attributes = changesets[0].resource.attributes.values()
    # One moment for the whole call, so that alike changes stay one statement.
    touched = {a.name: a.touched() for a in attributes if a.touched is not None}
    return [_filled(changeset, touched) for changeset in changesets]


def apply_steps(changesets: Sequence[Changeset], context: Context) -> list[Changeset]:
    """The changesets after every step of their action has had its say, in the order declared."""
    for step in steps_of(changesets[0].action):
        changesets = step.apply(changesets, context)
    return list(changesets)


def complete(changesets: Sequence[Changeset]) -> list[Changeset]:
    """With an issue for everything a create still lacks, now that the steps have run."""
    return [_completed(changeset) for changeset in changesets]


def each_about_its_own(changesets: Sequence[Changeset]) -> list[Changeset]:
    """With an issue for every record that an earlier changeset of the call is about already."""
    seen: set[Any] = set()
    return [_about_its_own(changeset, seen) for changeset in changesets]


def refuse_wrong(changesets: Sequence[Changeset]) -> None:
    """Raises Invalid with the issues of all the changesets; of several, each under its index."""
    issues = [issue for changeset in changesets for issue in changeset.issues]
    if not issues:
        return
    if len(changesets) == 1:
        raise Invalid.of(issues)
    raise Invalid.of(issue.under(index) for index, changeset in enumerate(changesets) for issue in changeset.issues)


def _about_its_own(changeset: Changeset, seen: set[Any]) -> Changeset:
    if changeset.id is None or changeset.issues:
        return changeset
    if changeset.id in seen:
        return changeset.refused("repeated_record", f"another part of this call is about {changeset.id} already", "id")
    seen.add(changeset.id)
    return changeset


def _filled(changeset: Changeset, touched: Mapping[str, Any]) -> Changeset:
    attributes = changeset.resource.attributes.values()
    if changeset.action.kind is ActionKind.CREATE:
        given = changeset.values
        fresh = {a.name: a.default.fresh() for a in attributes if a.default is not None and a.name not in given}
        values = {**fresh, **given}
        return replace(changeset, values=values, id=values.get(changeset.resource.key.name))
    changeset = replace(changeset, values={**touched, **changeset.values})
    move = changeset.action.transition
    if move is None:
        return changeset
    target, _ = changeset.resource.attributes[move.attribute].type.cast(move.target)
    return changeset.setting(**{move.attribute: target}).guarded(Among(Ref((move.attribute,)), move.sources))


def _completed(changeset: Changeset) -> Changeset:
    if changeset.action.kind is not ActionKind.CREATE:
        return changeset
    said = {issue.field or "" for issue in changeset.issues}
    lacking = [a.name for a in changeset.resource.attributes.values() if a.required and a.name not in changeset.values]
    return changeset.wrong(*(missing(name) for name in lacking if name not in said))
