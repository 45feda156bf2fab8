"""What must hold of everything stored, looked at where a statement changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from framework.data.protocols import Row
from framework.data.refusals import check_failed, in_use, missing, no_such_record, taken
from framework.data.seen import Seen, World
from framework.data.snapshot import Snapshot
from framework.expr.evaluate import evaluate, holds
from framework.spec.attribute import IdentitySpec
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec


def uphold(before: Snapshot, after: World) -> None:
    """Raises what the store refuses, in the order a database finds it: values, uniqueness, links."""
    touched = [spec for spec in after.domain.stored if after.stored.table(spec.name) is not before.table(spec.name)]
    changed = {spec.name: _changed(spec, before, after) for spec in touched}
    for spec in touched:
        for record in changed[spec.name]:
            _check_values(record)
    for spec in touched:
        for identity in spec.identities.values():
            _check_unique(identity, changed[spec.name], after.all(spec))
    for spec in touched:
        _check_links(spec, changed[spec.name])
        _check_left(spec, before, after)


def referrers(spec: ResourceSpec, domain: DomainSpec) -> Iterator[tuple[ResourceSpec, RelationshipSpec]]:
    """Every link whose records hold a key of this resource."""
    for other in domain.stored:
        for link in other.relationships.values():
            if not link.many and link.target == spec.name:
                yield other, link


def _changed(spec: ResourceSpec, before: Snapshot, after: World) -> list[Seen]:
    old = before.table(spec.name)
    return [record for record in after.all(spec) if old.get(record.key) is not record.row]


def _check_values(record: Seen) -> None:
    for attribute in record.spec.attributes.values():
        if record.row[attribute.name] is None and not attribute.type.nullable:
            raise missing(attribute.name)
    for check in record.spec.checks.values():
        # As in SQL, a rule is broken only when it is false: unknown passes.
        if evaluate(check.node, record) is False:
            raise check_failed(check)


def _check_unique(identity: IdentitySpec, changed: Sequence[Seen], everything: Sequence[Seen]) -> None:
    wanted = {values for record in changed if (values := _identifying(identity, record)) is not None}
    met: set[tuple[Any, ...]] = set()
    for record in everything if wanted else ():
        values = _identifying(identity, record)
        if values in met:
            raise taken(record.spec, identity)
        if values in wanted:
            met.add(values)


def _identifying(identity: IdentitySpec, record: Seen) -> tuple[Any, ...] | None:
    """The values that are unique together; None when one is absent, or the record is none of those selected."""
    values = tuple(record.row[name] for name in identity.attributes)
    return None if None in values or not holds(identity.where, record) else values


def _check_links(spec: ResourceSpec, changed: Sequence[Seen]) -> None:
    links = [link for link in spec.relationships.values() if not link.many]
    for record in changed:
        for link in links:
            if record.row[link.attribute] is not None and not record.related(link.name):
                raise no_such_record(link.attribute, record.world.domain.target(link))


def _check_left(spec: ResourceSpec, before: Snapshot, after: World) -> None:
    """No record is gone whose key another one holds."""
    gone: list[Row] = [row for key, row in before.table(spec.name).items() if key not in after.stored.table(spec.name)]
    for other, link in referrers(spec, after.domain):
        for row in gone:
            if after.stored.matching(other.name, link.attribute, row[link.target_attribute]):
                raise in_use(spec, other)
