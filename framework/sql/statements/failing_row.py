"""Which of several rows PostgreSQL refused: it tells the values, and these are looked for among the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa

from framework.data.integrity import breaks_a_rule
from framework.data.protocols import Row
from framework.data.row_view import MemoryStore, RowView
from framework.data.snapshot import Snapshot
from framework.expr.evaluate import evaluate
from framework.expr.nodes import Function, Node, Ref, rewrite
from framework.spec.attribute import ExclusionSpec, names_in
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.definitions.names import exclusion_name
from framework.sql.statements.integrity import (
    CHECK,
    EXCLUSION,
    FOREIGN_KEY,
    KEY_TOLD,
    NOT_NULL,
    UNIQUE,
    Statement,
    attribute_named,
    identity_told,
)
from framework.sql.statements.prepared import Prepared

# `Failing row contains (…, Dune, null).`: every column, in the order of the table.
ROW_TOLD = re.compile(r"\((.*)\)", re.DOTALL)
# `Key (desk, tstzrange(begins, ends))=(…, […)) conflicts with existing key …`
EXCLUDED = re.compile(r"\)=\((.*)\) conflicts with existing key", re.DOTALL)
ANYTHING = ".*"


def failing_row(error: Exception, domain: DomainSpec, kind: Statement, prepared: Prepared) -> int | None:
    """The index of the row at fault; None when it cannot be told, or there is but one."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if prepared.resource is None or len(prepared.rows) < 2 or not isinstance(cause, psycopg.Error):
        return None
    detail = cause.diag.message_detail or ""
    if cause.sqlstate in (UNIQUE, FOREIGN_KEY) and (told := KEY_TOLD.search(detail)):
        parts = _parts(cause.diag.constraint_name or "", told[1], prepared.resource)
        rows = _filled(prepared.rows, names_in(*parts), kind)
        texts = [[_text_of(part, RowView(row, prepared.resource, _nothing(domain))) for part in parts] for row in rows]
        return _with_values(texts, told[2], unique=cause.sqlstate == UNIQUE)
    if cause.sqlstate == EXCLUSION and (told := EXCLUDED.search(detail)):
        rows = _filled(prepared.rows, [*prepared.resource.attributes], kind)
        views = [RowView(row, prepared.resource, _nothing(domain)) for row in rows]
        exclusion = _exclusion(cause.diag.constraint_name or "", prepared.resource)
        patterns = [] if exclusion is None else [_shared(exclusion, view) for view in views]
        return _with_values(patterns, told[1], unique=True)
    if cause.sqlstate in (CHECK, NOT_NULL):
        found = _with_key(detail, prepared.resource, prepared.rows)
        given = (each for each in prepared.resource.attributes.values() if each.computed is None)
        names = [each.name for each in given if each.name != prepared.resource.key.name]
        return _wrong(prepared.resource, _filled(prepared.rows, names, kind), domain) if found is None else found
    return None


def _parts(constraint: str, told: str, resource: ResourceSpec) -> Sequence[Node]:
    """What the server tells the values of: columns by name, or what an identity is of."""
    names = [attribute_named(name.strip('"'), resource) for name in told.split(", ")]
    found = identity_told(constraint, names, resource)
    parts = tuple(map(Ref, names)) if found is None else found.parts
    return [rewrite(part, lambda node: _behind(node, resource)) for part in parts]


def _exclusion(constraint: str, resource: ResourceSpec) -> ExclusionSpec | None:
    found = (each for each in resource.exclusions.values() if exclusion_name(each.name, resource) == constraint)
    return next(found, None)


def _shared(exclusion: ExclusionSpec, record: RowView) -> list[str | None]:
    """What a record shares and its span, as the server tells them: `["2026-03-01 12:00:00+00",)`."""
    ends = [_text_of(Ref(name), record) for name in (exclusion.start, exclusion.end)]
    if None in ends:
        span = None
    else:
        start, end = ("" if text == "null" else f'"{text}"' if " " in str(text) else text for text in ends)
        span = f"[{start},{end})" if start else f"({start},{end})"
    return [*(_text_of(part, record) for part in exclusion.parts), span]


def _behind(node: Node, resource: ResourceSpec) -> Node | None:
    """What a stored calculation is worked out by, which no row holds itself."""
    attribute = resource.attributes.get(node.name) if isinstance(node, Ref) else None
    return None if attribute is None else attribute.computed


def _text_of(part: Node, record: RowView) -> str | None:
    """What is worked out of the record as the server tells it; None where that is not known."""
    if not all(name in record.row and not isinstance(record.row[name], Node) for name in names_in(part)):
        return None
    return _as_told(evaluate(part, record))


def _filled(rows: Sequence[Row], names: Sequence[str], kind: Statement) -> Sequence[Row]:
    """The rows with all that is known of them.

    What an insert leaves out is absent; what an update leaves out stays as it was, and is not known here.
    """
    absent: Row = dict.fromkeys(names) if kind is Statement.INSERT else {}
    return [{**absent, **row} for row in rows]


def _with_values(patterns: Sequence[Sequence[str | None]], told: str, *, unique: bool) -> int | None:
    """The row that has these values; the second one where only the first could have them."""
    found = [index for index, texts in enumerate(patterns) if re.fullmatch(_pattern(texts), told, re.DOTALL)]
    if len(found) < 2:
        return next(iter(found), None)
    if any(None in patterns[index] for index in found):
        return None
    return found[1] if unique else found[0]


def _with_key(detail: str, resource: ResourceSpec, rows: Sequence[Row]) -> int | None:
    """The row whose key is told: in the first column where it is declared first, else in any, if in one row's only."""
    key, told = resource.key.name, ROW_TOLD.search(detail)
    if told is None:
        return None
    columns = told[1].split(", ")
    where = columns[:1] if resource.managed and next(iter(resource.attributes)) == key else columns
    found = [index for index, row in enumerate(rows) if key in row and _as_told(row[key]) in where]
    return found[0] if len(found) == 1 else None


def _wrong(resource: ResourceSpec, rows: Sequence[Row], domain: DomainSpec) -> int | None:
    """The first row that breaks a rule by what is known of it: the database gives its key, or tells it unclearly."""
    nothing = _nothing(domain)
    for index, row in enumerate(rows):
        known = {name: value for name, value in row.items() if not isinstance(value, Node)}
        if any(resource.attributes[name].type.cast(value)[1] for name, value in known.items()):
            return index
        if breaks_a_rule(RowView(known, resource, nothing)):
            return index
    return None


def _nothing(domain: DomainSpec) -> MemoryStore:
    """A store that nothing is in: what is asked of a row is asked of it alone."""
    return MemoryStore(domain, Snapshot(), _unknown)


def _unknown(function: Function) -> None:
    """What only the database knows about itself."""


def _pattern(texts: Sequence[str | None]) -> str:
    return ", ".join(ANYTHING if text is None else re.escape(text) for text in texts)


def _as_told(value: Any) -> str | None:
    """A value as PostgreSQL writes it; None where it may write it in several ways."""
    match value:
        case None:
            return "null"
        case Enum():
            return _as_told(value.value)
        case bool():
            return "t" if value else "f"
        case str() | int() | UUID():
            return str(value)
        case datetime():
            moment = value.astimezone(UTC)
            fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
            return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}+00"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return None
