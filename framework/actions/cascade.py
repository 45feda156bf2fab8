"""What the store does by itself when records go: what goes with them, and what loses its link to them.

Both are found before, for whoever is told of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from framework.actions.alike import alike
from framework.actions.changeset import Changeset, Outcome
from framework.actions.records import key_condition
from framework.actions.session import Session
from framework.data.integrity import referrers
from framework.data.protocols import Row
from framework.data.selection import Lock, Selection
from framework.expr.nodes import Among, Node, Ref
from framework.naming import CASCADE, NULLIFY
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec

Link = tuple[ResourceSpec, RelationshipSpec]
Key = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class AffectedRecord:
    """A record that goes or loses the links `lost`, and the key of the one that was asked to be destroyed."""

    spec: ResourceSpec
    row: Row
    root: Any
    lost: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What it is known by among all that are affected."""
        return (self.spec.name, self.row[self.spec.key.name])

    @property
    def end(self) -> Outcome:
        """Its end, of which no more than its key is known; none of its own actions was called."""
        return Outcome(Changeset(cascade_of(self.spec), self.spec, self.key[1]), self.spec.record.of(self.row))

    def change(self, touched: Row) -> Outcome:
        """What became of it without its links: they are absent, and `touched` has the moment of that."""
        values = {**dict.fromkeys(self.lost), **touched}
        changeset = Changeset(nullify_of(self.spec), self.spec, self.key[1], values)
        kept = {name: self.row[name] for name in _lasting(self.spec)}
        return Outcome(changeset, self.spec.record.of({**kept, **values}))


@dataclass(frozen=True, slots=True)
class Affected:
    """What goes with the records that are destroyed, and what is left without a link to one that goes."""

    going: Sequence[AffectedRecord] = ()
    nullified: Sequence[AffectedRecord] = ()

    def root_of(self, resource: str, key: str) -> Any:
        """The key of the record that this one, told as a text, goes with; None if it does not go."""
        return next((each.root for each in self.going if (each.spec.name, str(each.key[1])) == (resource, key)), None)


def cascade_of(spec: ResourceSpec) -> ActionSpec:
    """What destroys a record where no action does: the store, by ON DELETE CASCADE."""
    return ActionSpec(CASCADE, spec.name, ActionKind.DESTROY, spec.source)


def nullify_of(spec: ResourceSpec) -> ActionSpec:
    """What changes a record where no action does: the store, by ON DELETE SET NULL."""
    return ActionSpec(NULLIFY, spec.name, ActionKind.UPDATE, spec.source)


def affects_others(spec: ResourceSpec, domain: DomainSpec) -> bool:
    """Whether anything may go with a record of this resource, or lose its link to it."""
    return bool(_links(spec, domain, OnDelete.CASCADE, OnDelete.SET_NULL))


def cascades(spec: ResourceSpec, domain: DomainSpec) -> bool:
    """Whether anything may go with a record of this resource."""
    return bool(_links(spec, domain, OnDelete.CASCADE))


def marks_others(spec: ResourceSpec, domain: DomainSpec) -> bool:
    """Whether a record that loses its link to one that goes has a moment of its last change, which moves then."""
    met, ahead = {spec.name}, [spec]
    while ahead:
        here = ahead.pop()
        for holder, _ in _links(here, domain, OnDelete.SET_NULL):
            if any(attribute.touched is not None for attribute in holder.attributes.values()):
                return True
        further = [holder for holder, _ in _links(here, domain, OnDelete.CASCADE) if holder.name not in met]
        met.update(holder.name for holder in further)
        ahead.extend(further)
    return False


async def affected_by(changesets: Sequence[Changeset], session: Session) -> Affected:
    """What the destruction of these records will do to others.

    All of them are held, those destroyed first: nobody adds to what goes while it is being found.
    """
    resource = changesets[0].resource
    if not affects_others(resource, session.domain):
        return Affected()
    held = await _held(resource, key_condition(changesets), session)
    level = [AffectedRecord(resource, row, row[resource.key.name]) for row in held]
    found = {each.key: each for each in level}
    asked = len(found)
    while level:
        fresh: list[AffectedRecord] = []
        for link, owners in _owners(level, session, OnDelete.CASCADE):
            further = [each for each in await _held_by(link, owners, session) if each.key not in found]
            found.update((each.key, each) for each in further)
            fresh.extend(further)
        level = fresh
    going = list(found.values())
    return Affected(going[asked:], await _nullified(going, found, session))


async def told_of(affected: Affected, session: Session) -> Mapping[Any, tuple[Outcome, ...]]:
    """What became of them, once they are affected, by the keys of the records that were asked to be destroyed.

    The store has made the links absent; when that was is written here, as of any other change.
    """
    by_root: defaultdict[Any, list[Outcome]] = defaultdict(list)
    for going in affected.going:
        by_root[going.root].append(going.end)
    for group in alike(affected.nullified, lambda each: each.spec.name):
        spec = group[0].spec
        key, touched = spec.key.name, {a.name: a.touched for a in spec.attributes.values() if a.touched is not None}
        rows: dict[Any, Row] = {}
        if touched:
            here = Among(Ref(key), tuple(each.row[key] for each in group))
            rows = {row[key]: row for row in await session.writer.update(spec, here, touched)}
        for each in group:
            moments = {name: rows[each.row[key]][name] for name in touched}
            by_root[each.root].append(each.change(moments))
    return {root: tuple(outcomes) for root, outcomes in by_root.items()}


async def _nullified(going: Sequence[AffectedRecord], found: Collection[Key], session: Session) -> list[AffectedRecord]:
    """The records that stay and hold a key of what goes, each with all the links that it loses."""
    left: dict[Key, AffectedRecord] = {}
    for link, owners in _owners(going, session, OnDelete.SET_NULL):
        for each in await _held_by(link, owners, session):
            if each.key not in found:
                known = left.get(each.key, each)
                left[each.key] = replace(known, lost=(*known.lost, link[1].attribute))
    return list(left.values())


def _owners(
    records: Sequence[AffectedRecord], session: Session, on_delete: OnDelete
) -> list[tuple[Link, list[AffectedRecord]]]:
    """Every link of this kind to one of the records, with those that it may lead to."""
    groups = alike(records, lambda each: each.spec.name)
    return [(link, group) for group in groups for link in _links(group[0].spec, session.domain, on_delete)]


async def _held_by(link: Link, owners: Sequence[AffectedRecord], session: Session) -> list[AffectedRecord]:
    """The records that hold a key of these."""
    holder, relationship = link
    roots = {owner.row[relationship.target_attribute]: owner.root for owner in owners}
    rows = await _held(holder, Among(Ref(relationship.attribute), tuple(roots)), session, relationship.attribute)
    return [AffectedRecord(holder, row, roots[row[relationship.attribute]]) for row in rows]


async def _held(spec: ResourceSpec, where: Node, session: Session, *names: str) -> list[Row]:
    """Rows under lock: their keys, these values, and what others hold of them that go too or lose them."""
    links = _links(spec, session.domain, OnDelete.CASCADE, OnDelete.SET_NULL)
    values = tuple(dict.fromkeys((*_lasting(spec), *names, *(link.target_attribute for _, link in links))))
    return await session.writer.read(Selection(spec, values, where, lock=Lock.DESTROY))


def _lasting(spec: ResourceSpec) -> tuple[str, ...]:
    """What a record is known by, and whose it is: for as long as it is there."""
    return (spec.key.name,) if spec.tenancy is None else (spec.key.name, spec.tenancy.attribute)


def _links(spec: ResourceSpec, domain: DomainSpec, *on_delete: OnDelete) -> list[Link]:
    """The links to this resource that end in one of these ways when its records go."""
    return [(holder, link) for holder, link in referrers(spec, domain) if link.on_delete in on_delete]
