"""What must hold of everything stored, looked at where a statement changed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from framework.data.exclusions import Exclusion, reversed_span
from framework.data.protocols import Row
from framework.data.refusals import check_failed, ends_before, in_use, missing, no_such_record, taken
from framework.data.row_view import MemoryStore, RowView
from framework.data.snapshot import Snapshot
from framework.data.told_apart import told_by
from framework.errors import Failure
from framework.expr.evaluate import evaluate, holds
from framework.expr.nodes import Node, Ref, walk
from framework.spec.attribute import IdentitySpec
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec

ALONE: Mapping[Any, int] = {}


def check_constraints(
    before: Snapshot, after: MemoryStore, spec: ResourceSpec, places: Mapping[Any, int] = ALONE
) -> None:
    """Raises what the store refuses, in the order a database finds it: values and uniqueness, then links.

    `places` has the index of each row of `spec` that was given, by its key, where several were.
    """
    for record, failure in _refused(before, after):
        if record is not None and record.spec is spec and record.key in places:
            raise failure.under(places[record.key])
        raise failure


def breaks_a_rule(record: RowView) -> bool:
    """Whether a record is one that no store keeps, by those of its values that are known."""
    spec, known = record.spec, record.row
    absent = any(known[name] is None and not spec.attributes[name].type.nullable for name in known)
    told = (check for check in spec.checks.values() if _looked_at(check.node, spec) <= known.keys())
    return absent or any(evaluate(check.node, record) is False for check in told)


def _looked_at(node: Node, spec: ResourceSpec) -> set[str]:
    """The stored values that an expression about one record looks at."""
    names = {part.name for part in walk(node) if isinstance(part, Ref)}
    behind = (_looked_at(spec.derived[name].node, spec) for name in names & spec.derived.keys())
    return (names - spec.derived.keys()).union(*behind)


def referrers(spec: ResourceSpec, domain: DomainSpec) -> Iterator[tuple[ResourceSpec, RelationshipSpec]]:
    """Every link whose records hold a key of this resource, and that the store upholds."""
    for other in domain.stored:
        for link in other.relationships.values():
            if link.target == spec.name and domain.upholds(other, link):
                yield other, link


def _refused(before: Snapshot, after: MemoryStore) -> Iterator[tuple[RowView | None, Failure]]:
    touched = [spec for spec in after.domain.stored if after.stored.table(spec.name) is not before.table(spec.name)]
    changed = {spec.name: _changed(spec, before, after) for spec in touched}
    for spec in touched:
        was = _before(changed[spec.name], before)
        identities = [
            _Identity(identity, changed[spec.name], after.all(spec), was) for identity in spec.identities.values()
        ]
        rules: list[_Identity | Exclusion] = [*identities]
        rules += [Exclusion(each, changed[spec.name], after.all(spec)) for each in spec.exclusions.values()]
        for record in changed[spec.name]:
            yield from _wrong_values(record)
            yield from (found for rule in rules for found in rule.refused(record))
    for spec in touched:
        yield from _lost_links(spec, changed[spec.name], after.domain)
        yield from _left(spec, before, after)


def _changed(spec: ResourceSpec, before: Snapshot, after: MemoryStore) -> list[RowView]:
    old = before.table(spec.name)
    return [record for record in after.all(spec) if old.get(record.key) is not record.row]


def _wrong_values(record: RowView) -> Iterator[tuple[RowView, Failure]]:
    for attribute in record.spec.attributes.values():
        if record.row[attribute.name] is None and not attribute.type.nullable:
            yield record, missing(attribute.name)
    for check in record.spec.checks.values():
        # As in SQL, a rule is broken only when it is false: unknown passes.
        if evaluate(check.node, record) is False:
            yield record, check_failed(check)
    for exclusion in record.spec.exclusions.values():
        if reversed_span(exclusion, record):
            yield record, ends_before(exclusion)


def _before(changed: Sequence[RowView], before: Snapshot) -> list[RowView]:
    """The records as they were, of those that were there."""
    return [
        replace(record, row=row, store=replace(record.store, stored=before))
        for record in changed
        if (row := before.table(record.spec.name).get(record.key)) is not None
    ]


class _Identity:
    """The values that are taken, by records that stay as they were and then by each that was looked at.

    An identity among some records, or of what is worked out, is an index, and one that is not deferrable is like one:
    PostgreSQL looks at one row after the other, and a value is taken as long as a record has it that is yet to be
    changed. The order of rows is nobody's to know, so any is.
    """

    def __init__(
        self,
        identity: IdentitySpec,
        changed: Sequence[RowView],
        everything: Sequence[RowView],
        was: Sequence[RowView],
    ) -> None:
        self.identity = identity
        keys = {record.key for record in changed}
        stay = (record for record in everything if changed and record.key not in keys)
        self.taken = {values for record in stay if (values := self._values(record)) is not None}

        rowwise = () if identity.whole and identity.deferrable else was
        self.given_up = {values: record.key for record in rowwise if (values := self._values(record)) is not None}

    def refused(self, record: RowView) -> Iterator[tuple[RowView, Failure]]:
        """That the record's values are taken; if not, they are from now on."""
        values = self._values(record)
        if values is None:
            return
        if values in self.taken or self.given_up.get(values, record.key) != record.key:
            yield record, taken(record.spec, self.identity)
        self.taken.add(values)

    def _values(self, record: RowView) -> tuple[Any, ...] | None:
        """The values that are unique together, as one; None for a record that collides with none."""
        if not holds(self.identity.where, record):
            return None
        values = tuple(told_by(evaluate(part, record)) for part in self.identity.parts)
        return None if None in values and not self.identity.nulls_not_distinct else values


def _lost_links(
    spec: ResourceSpec, changed: Sequence[RowView], domain: DomainSpec
) -> Iterator[tuple[RowView, Failure]]:
    links = [link for link in spec.relationships.values() if domain.upholds(spec, link)]
    for record in changed:
        for link in links:
            if record.row[link.attribute] is not None and not _leads_on(record, link):
                yield record, no_such_record(link.attribute, record.store.domain.target(link))


def _leads_on(record: RowView, link: RelationshipSpec) -> bool:
    """Whether there is a record at the end, which has the same values as this one of all that is matched besides."""
    return any(
        all(end.row[there] == record.row[here] for here, there in link.matched) for end in record.related(link.name)
    )


def _left(spec: ResourceSpec, before: Snapshot, after: MemoryStore) -> Iterator[tuple[None, Failure]]:
    """That a record is gone whose key another one holds."""
    gone: list[Row] = [row for key, row in before.table(spec.name).items() if key not in after.stored.table(spec.name)]
    for other, link in referrers(spec, after.domain):
        for row in gone:
            if after.stored.matching(other.name, link.attribute, row[link.target_attribute]):
                yield None, in_use(spec, other, row[spec.key.name])
