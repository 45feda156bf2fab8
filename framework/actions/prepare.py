"""What an action fills in by itself, and what it then has to satisfy: defaults, steps, transitions, types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from framework.actions.cast import missing
from framework.actions.changeset import Changeset
from framework.actions.guards import refuse_idle_guards
from framework.actions.permission.tenants import stamped
from framework.actions.step import Change
from framework.context import Context
from framework.errors import Issue
from framework.expr.bind import bind
from framework.expr.nodes import Among, Node, Ref, Value
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.attribute import AttributeSpec, Origin


def steps_of(action: ActionSpec) -> list[Change]:
    """The steps of an action: the compiler has let in nothing that lacks a part of one."""
    return [cast(Change, step) for step in action.steps]


def prepared(changesets: Sequence[Changeset], context: Context) -> list[Changeset]:
    """The changesets with their defaults, after every step has had its say in the order declared."""
    filled: Sequence[Changeset] = [_filled(changeset, context) for changeset in changesets]
    for step in steps_of(changesets[0].action):
        filled = step.apply(filled, context)
        refuse_idle_guards(step, filled)
    return list(filled)


def completed(changesets: Sequence[Changeset], context: Context) -> list[Changeset]:
    """The changesets as they are carried out: everything bound, typed and touched; refused where something lacks."""
    attributes = changesets[0].resource.attributes.values()
    touched = {a.name: a.touched for a in attributes if a.touched is not None}
    return [_completed(changeset, touched, context) for changeset in changesets]


def each_about_its_own(changesets: Sequence[Changeset]) -> list[Changeset]:
    """With an issue for every record that an earlier changeset of the call is about already."""
    seen: set[Any] = set()
    return [_about_its_own(changeset, seen) for changeset in changesets]


def _about_its_own(changeset: Changeset, seen: set[Any]) -> Changeset:
    if changeset.id is None or changeset.refusals:
        return changeset
    if changeset.id in seen:
        return changeset.refused("repeated_record", f"another part of this call is about {changeset.id} already", "id")
    seen.add(changeset.id)
    return changeset


def _filled(changeset: Changeset, context: Context) -> Changeset:
    """With every default of a create, the tenant that it is made in, and the target of a transition."""
    if changeset.action.kind is ActionKind.CREATE:
        attributes, given = changeset.resource.attributes.values(), changeset.values
        fresh = {a.name: a.default.fresh() for a in attributes if a.default is not None and a.name not in given}
        values = {**fresh, **stamped(changeset.resource, context), **given}
        return replace(changeset, values=values, typed=values, id=values.get(changeset.resource.key.name))
    changeset = replace(changeset, typed=changeset.values)
    move = changeset.action.transition
    if move is None:
        return changeset
    return changeset.setting(**{move.attribute: move.target}).guarded(Among(Ref(move.attribute), move.sources))


def _completed(changeset: Changeset, touched: Mapping[str, Any], context: Context) -> Changeset:
    changeset = _typed(_bound(changeset, context))
    match changeset.action.kind:
        case ActionKind.CREATE:
            given, attributes = changeset.values, changeset.resource.attributes.values()
            return changeset.wrong(*(missing(a.name) for a in attributes if _is_needed(a) and a.name not in given))
        case ActionKind.UPDATE if changeset.values:
            # What changes nothing is not a change, and leaves no moment of one.
            return replace(changeset, values={**touched, **changeset.values})
    return changeset


def _is_needed(attribute: AttributeSpec) -> bool:
    """Of what belongs to tenants, the system says which where it is in none."""
    return attribute.required or (attribute.origin is Origin.TENANT and not attribute.type.nullable)


def _bound(changeset: Changeset, context: Context) -> Changeset:
    """With nothing left to ask of the call in its guard and in the expressions among its values."""

    def known(node: Node) -> Any:
        found = bind(node, changeset.arguments, context)
        return found.value if isinstance(found, Value) else found

    if changeset.where is not None:
        changeset = replace(changeset, where=bind(changeset.where, changeset.arguments, context))
    nodes = {name: known(value) for name, value in changeset.values.items() if isinstance(value, Node)}
    return replace(changeset, values={**changeset.values, **nodes}) if nodes else changeset


def _typed(changeset: Changeset) -> Changeset:
    """With what steps and facts about the call have set as its type has it, refused where it is none of that type."""
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, value in changeset.values.items():
        if isinstance(value, Node) or (name in changeset.typed and changeset.typed[name] is value):
            continue
        said = changeset.action.arguments.get(name) if not changeset.action.writes else None
        values[name], found = (said or changeset.resource.attributes[name]).type.cast(value, (name,))
        issues.extend(found)
    return replace(changeset, values={**changeset.values, **values}).wrong(*issues) if values else changeset
