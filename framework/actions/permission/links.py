"""Keys that a caller gives have to lead to records that the caller may see: any other leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.data.refusals import no_such_record
from framework.data.selection import Selection
from framework.expr.nodes import Among, Ref
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


async def held_to_links(changesets: Sequence[Changeset], session: Session) -> list[Changeset]:
    """The changesets, refused where a key leads to a record that is hidden, as where it leads to none.

    What steps have set is the action's own, and led to by it.
    """
    scope = session.scope
    held = list(changesets)
    if scope is None:
        return held
    for link in _links_given(held[0].resource, held):
        target = session.domain.target(link)
        if target.name not in scope.rows:
            continue
        hidden = await _hidden(link, target, held, session)
        held = [c.failing(no_such_record(link.attribute, target)) if _given(c, link) in hidden else c for c in held]
    return held


def _links_given(resource: ResourceSpec, changesets: Sequence[Changeset]) -> Iterator[RelationshipSpec]:
    """The links whose keys some caller gave."""
    for link in resource.relationships.values():
        if link.holds_key and any(_given(changeset, link) is not None for changeset in changesets):
            yield link


def _given(changeset: Changeset, link: RelationshipSpec) -> Any:
    """The key that the caller gave for a link; None where none was given, or a step has set another one."""
    if link.attribute not in changeset.action.accept or not changeset.action.writes:
        return None
    value = changeset.values.get(link.attribute)
    return value if changeset.typed.get(link.attribute) is value else None


async def _hidden(
    link: RelationshipSpec, target: ResourceSpec, changesets: Sequence[Changeset], session: Session
) -> set[Any]:
    keys = {key for c in changesets if (key := _given(c, link)) is not None}
    name = link.target_attribute
    rows = await session.writer.read(Selection(target, (name,), Among(Ref(name), tuple(keys))))
    return keys - {row[name] for row in rows}
