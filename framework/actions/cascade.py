"""The records that go with others: the store deletes them by itself, so they are found before, for whoever is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.actions.records import key_condition
from framework.actions.session import Session
from framework.data.integrity import referrers
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.expr.nodes import Among, Node, Ref
from framework.naming import CASCADE
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec

Link = tuple[ResourceSpec, RelationshipSpec]


@dataclass(frozen=True, slots=True)
class CascadedRecord:
    """A record that goes, and the key of the one that was asked to be destroyed."""

    spec: ResourceSpec
    row: Row
    root: Any

    @property
    def key(self) -> tuple[str, Any]:
        """What it is known by among all that go."""
        return (self.spec.name, self.row[self.spec.key.name])

    @property
    def outcome(self) -> Outcome:
        """Its end, of which no more than its key is known; none of its own actions was called."""
        return Outcome(Changeset(cascade_of(self.spec), self.spec, self.key[1]), self.spec.record.of(self.row))


def cascade_of(spec: ResourceSpec) -> ActionSpec:
    """What destroys a record where no action does: the store, by ON DELETE CASCADE."""
    return ActionSpec(CASCADE, spec.name, ActionKind.DESTROY, spec.source)


async def cascaded(changesets: Sequence[Changeset], session: Session) -> Mapping[Any, tuple[Outcome, ...]]:
    """What goes with the records that are about to be destroyed, by the keys of those.

    All of them are held, those destroyed first: nobody adds to what goes while it is being found.
    """
    resource = changesets[0].resource
    if not _cascades(resource, session):
        return {}
    held = await _held(resource, key_condition(changesets), session)
    level = [CascadedRecord(resource, row, row[resource.key.name]) for row in held]
    found = {going.key for going in level}
    by_root: defaultdict[Any, list[Outcome]] = defaultdict(list)
    while level:
        specs = {going.spec.name: going.spec for going in level}
        parents = [
            (link, [g for g in level if g.spec is spec]) for spec in specs.values() for link in _cascades(spec, session)
        ]
        level = []
        for link, owners in parents:
            fresh = [going for going in await _held_by(link, owners, session) if going.key not in found]
            found.update(going.key for going in fresh)
            level.extend(fresh)
        for going in level:
            by_root[going.root].append(going.outcome)
    return {root: tuple(outcomes) for root, outcomes in by_root.items()}


async def _held_by(link: Link, owners: Sequence[CascadedRecord], session: Session) -> list[CascadedRecord]:
    """The records that hold a key of these."""
    holder, relationship = link
    roots = {owner.row[relationship.target_attribute]: owner.root for owner in owners}
    rows = await _held(holder, Among(Ref(relationship.attribute), tuple(roots)), session, relationship.attribute)
    return [CascadedRecord(holder, row, roots[row[relationship.attribute]]) for row in rows]


async def _held(spec: ResourceSpec, where: Node, session: Session, *names: str) -> list[Row]:
    """Rows under lock: their keys, these values, and what those hold that go with them."""
    held = (link.target_attribute for _, link in _cascades(spec, session))
    values = tuple(dict.fromkeys((spec.key.name, *names, *held)))
    return await session.writer.read(Selection(spec, values, where, lock=Lock.UPDATE))


def _cascades(spec: ResourceSpec, session: Session) -> list[Link]:
    """The links by which records go when those of this resource do."""
    return [(holder, link) for holder, link in referrers(spec, session.domain) if link.on_delete is OnDelete.CASCADE]
