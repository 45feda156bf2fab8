"""Spans that overlap, of records that share what none may at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from framework.data.refusals import overlaps
from framework.data.row_view import RowView
from framework.data.told_apart import told_by
from framework.errors import Failure
from framework.expr.evaluate import evaluate, holds
from framework.spec.attribute import ExclusionSpec

Span = tuple[Any, Any]


def reversed_span(exclusion: ExclusionSpec, record: RowView) -> bool:
    """Whether a span ends before it starts."""
    start, end = _span(exclusion, record)
    return start is not None and end is not None and bool(end < start)


class Exclusion:
    """The spans that are taken, by what is shared: of records that stay, and then of each that was looked at."""

    def __init__(self, exclusion: ExclusionSpec, changed: Sequence[RowView], everything: Sequence[RowView]) -> None:
        self.exclusion = exclusion
        self.taken: dict[tuple[Any, ...], list[Span]] = {}
        keys = {record.key for record in changed}
        for record in everything:
            if changed and record.key not in keys:
                self._take(record)

    def refused(self, record: RowView) -> Iterator[tuple[RowView, Failure]]:
        """That the record's span is taken; if not, it is from now on."""
        shared, span = self._shared(record), _span(self.exclusion, record)
        if shared is not None and any(_overlap(span, other) for other in self.taken.get(shared, ())):
            yield record, overlaps(record.spec, self.exclusion)
        self._take(record)

    def _take(self, record: RowView) -> None:
        shared = self._shared(record)
        if shared is not None:
            self.taken.setdefault(shared, []).append(_span(self.exclusion, record))

    def _shared(self, record: RowView) -> tuple[Any, ...] | None:
        """What may not be shared; None for a record that shares nothing."""
        if not holds(self.exclusion.where, record):
            return None
        values = tuple(told_by(evaluate(part, record)) for part in self.exclusion.parts)
        return None if None in values else values


def _span(exclusion: ExclusionSpec, record: RowView) -> Span:
    return record.row[exclusion.start], record.row[exclusion.end]


def _overlap(one: Span, other: Span) -> bool:
    """Whether two spans have anything in common; one without an end, or a start, goes on."""
    if _empty(one) or _empty(other):
        return False
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Span, other: Span) -> bool:
    return one[0] is None or other[1] is None or bool(one[0] < other[1])


def _empty(span: Span) -> bool:
    return span[0] is not None and span[0] == span[1]
