"""Statements that change a snapshot: each gives the next one, or raises and leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from framework.data.integrity import ALONE, check_constraints, referrers
from framework.data.protocols import Row
from framework.data.refusals import key_taken, out_of_limits, out_of_range
from framework.data.row_view import MemoryStore, RowView
from framework.data.selecting import COPIED
from framework.data.snapshot import Snapshot
from framework.data.storable import as_jsonb, unstorable
from framework.errors import Failure
from framework.expr.evaluate import evaluate, holds
from framework.expr.nodes import Node
from framework.spec.attribute import AttributeSpec, Origin
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind

Count = Callable[[str, str], int]


def inserted(store: MemoryStore, spec: ResourceSpec, rows: Sequence[Row], count: Count) -> tuple[Snapshot, list[Row]]:
    """What is stored with these rows added; `count` gives the next number of a sequence."""
    several, table = len(rows) > 1, dict(store.stored.table(spec.name))
    added: list[Row] = []
    for index, row in enumerate(rows):
        with _about(index if several else None):
            added.append(_complete(store, spec, row, count))
    for index, row in enumerate(added):
        with _about(index if several else None):
            _put(table, spec, row)
    after = store.stored.having(spec.name, table)
    return _checked(store, after, spec, [row[spec.key.name] for row in added]), added


def updated(store: MemoryStore, spec: ResourceSpec, where: Node, values: Row) -> tuple[Snapshot, list[Row]]:
    """What is stored once the rows found have these values, worked out from what each was before."""
    found = [record for record in store.all(spec) if holds(where, record)]
    changed: dict[Any, Row] = {record.key: _changed(record, values) for record in found}
    return _checked(store, _with(store, spec, changed), spec), list(changed.values())


def updated_each(
    store: MemoryStore, spec: ResourceSpec, changes: Mapping[Any, Row], where: Node | None
) -> tuple[Snapshot, list[Row]]:
    """What is stored once the rows of these keys that satisfy the condition have the values given for each."""
    table = store.stored.table(spec.name)
    changed: dict[Any, Row] = {}
    for index, (key, values) in enumerate(changes.items()):
        for record in store.visible([RowView(table[key], spec, store)] if key in table else []):
            if holds(where, record):
                with _about(index if len(changes) > 1 else None):
                    changed[key] = _changed(record, values)
    return _checked(store, _with(store, spec, changed), spec, [*changes]), list(changed.values())


def deleted(store: MemoryStore, spec: ResourceSpec, where: Node) -> tuple[Snapshot, list[Row]]:
    """What is stored without the rows found, and what goes with them."""
    gone = [record for record in store.all(spec) if holds(where, record)]
    after = _without(store.stored, spec, {record.key: record.row for record in gone}, store.domain)
    return _checked(store, after, spec), [record.row for record in gone]


def _with(store: MemoryStore, spec: ResourceSpec, changed: Mapping[Any, Row]) -> Snapshot:
    """What is stored with these rows in the place of those of their keys."""
    table: dict[Any, Row] = {}
    for key, row in store.stored.table(spec.name).items():
        _put(table, spec, changed.get(key, row))
    return store.stored.having(spec.name, table)


def _checked(store: MemoryStore, after: Snapshot, spec: ResourceSpec, keys: Sequence[Any] = ()) -> Snapshot:
    """The snapshot, if everything holds; `keys` are those of the rows that were given, in order."""
    places = {key: index for index, key in enumerate(keys)} if len(keys) > 1 else ALONE
    check_constraints(store.stored, replace(store, stored=after, scope=None), spec, places)
    return after


@contextmanager
def _about(index: int | None) -> Iterator[None]:
    """Says which of several rows a failure is about."""
    try:
        yield
    except Failure as failure:
        if index is None:
            raise
        raise failure.under(index) from failure


def _complete(store: MemoryStore, spec: ResourceSpec, row: Row, count: Count) -> Row:
    """A row with every attribute; what was not said is absent, or the next of its sequence."""
    whole: dict[str, Any] = dict.fromkeys(spec.attributes)
    for attribute in spec.attributes.values():
        if attribute.origin is Origin.SEQUENCE and row.get(attribute.name) is None:
            whole[attribute.name] = count(spec.name, attribute.name)
    return _computed(store, spec, {**whole, **_worked_out(RowView(whole, spec, store), row)})


def _computed(store: MemoryStore, spec: ResourceSpec, row: Row) -> Row:
    """The row with its stored calculations, as they are whenever it is written."""
    record = RowView(row, spec, store.whole())
    return {**row, **_worked_out(record, {a.name: a.computed for a in spec.attributes.values() if a.computed})}


def _changed(record: RowView, values: Row) -> Row:
    # What is written is worked out of what is stored, whoever may read that.
    return _computed(record.store, record.spec, {**record.row, **_worked_out(record.whole(), values)})


def _worked_out(record: RowView, values: Row) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name, said in values.items():
        try:
            value = evaluate(said, record) if isinstance(said, Node) else said
        except ArithmeticError as error:
            raise out_of_range(name, "it is beyond what its type holds") from error
        written[name] = None if value is None else _kept(record.spec.attributes[name], value)
    return written


def _kept(attribute: AttributeSpec, value: Any) -> Any:
    """The value as its type, in a copy of its own; raises Invalid outside of its limits."""
    says = unstorable(value, attribute.type.kind)
    if says is not None:
        raise out_of_range(attribute.name, says)
    kind = attribute.type
    if kind.kind in COPIED:
        # As a database has it: what a document holds was looked at before it came here.
        kept, issues = kind.read_kept(as_jsonb(kind.dump_to_keep(value)))
    else:
        exact = kind.kind is Kind.DECIMAL and isinstance(value, float)
        kept, issues = kind.cast(Decimal(repr(value)) if exact else value)
    if issues:
        raise out_of_limits(attribute.name, issues[0])
    return kept


def _put(table: dict[Any, Row], spec: ResourceSpec, row: Row) -> None:
    key = row[spec.key.name]
    if key in table:
        raise key_taken(spec)
    table[key] = row


def _without(stored: Snapshot, spec: ResourceSpec, gone: Mapping[Any, Row], domain: DomainSpec) -> Snapshot:
    table = {key: row for key, row in stored.table(spec.name).items() if key not in gone}
    after = stored.having(spec.name, table)
    for other, link in referrers(spec, domain):
        holders = {
            row[other.key.name]: row
            for lost in gone.values()
            for row in after.matching(other.name, link.attribute, lost[link.target_attribute])
        }
        if link.on_delete is OnDelete.CASCADE and holders:
            after = _without(after, other, holders, domain)
        elif link.on_delete is OnDelete.SET_NULL and holders:
            freed = {key: {**row, link.attribute: None} for key, row in holders.items()}
            after = after.having(other.name, {**after.table(other.name), **freed})
    return after
