"""The records that go with others: the store deletes them by itself, so they are found before, for whoever is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.actions.records import rows_of
from framework.actions.session import Session
from framework.data.integrity import referrers
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.expr.nodes import Among, Ref
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec

Link = tuple[ResourceSpec, RelationshipSpec]


@dataclass(frozen=True, slots=True)
class Going:
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
        """Its end, as if it had been destroyed by an action of its own: the first one that it has, if any."""
        named = next((a for a in self.spec.actions.values() if a.kind is ActionKind.DESTROY), None)
        action = named or ActionSpec("destroy", self.spec.name, ActionKind.DESTROY, self.spec.source)
        return Outcome(Changeset(action, self.spec, self.key[1]), self.spec.record.of(self.row))


async def cascaded(changesets: Sequence[Changeset], session: Session) -> list[Going]:
    """What goes with the records that are about to be destroyed.

    All of them are held, those destroyed first: nobody adds to what goes while it is being found.
    """
    resource = changesets[0].resource
    if not _cascades(resource, session):
        return []
    held = await rows_of(changesets, session.writer, Lock.UPDATE)
    level = [Going(resource, row, key) for key, row in held.items()]
    found = {going.key: going for going in level}
    roots = set(found)
    while level:
        specs = {going.spec.name: going.spec for going in level}
        parents = [
            (link, [g for g in level if g.spec is spec]) for spec in specs.values() for link in _cascades(spec, session)
        ]
        level = []
        for link, owners in parents:
            level.extend(going for going in await _held_by(link, owners, session) if going.key not in found)
            found.update({going.key: going for going in level})
    return [going for key, going in found.items() if key not in roots]


async def _held_by(link: Link, owners: Sequence[Going], session: Session) -> list[Going]:
    """The records that hold a key of these."""
    holder, relationship = link
    roots = {owner.row[relationship.target_attribute]: owner.root for owner in owners}
    where = Among(Ref(relationship.attribute), tuple(roots))
    rows = await session.writer.read(Selection(holder, tuple(holder.attributes), where, lock=Lock.UPDATE))
    return [Going(holder, row, roots[row[relationship.attribute]]) for row in rows]


def _cascades(spec: ResourceSpec, session: Session) -> list[Link]:
    """The links by which records go when those of this resource do."""
    return [(holder, link) for holder, link in referrers(spec, session.domain) if link.on_delete is OnDelete.CASCADE]
