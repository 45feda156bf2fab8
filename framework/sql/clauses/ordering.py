"""The order of values: by code point where they are text, absent ones last."""

from __future__ import annotations

from framework.sql.clauses.binding import Clause
from framework.sql.clauses.operations import by_code_point


def sorted_by(clause: Clause, *, descending: bool, nullable: bool) -> Clause:
    """An order that an index over the value serves: absent values last, said only where it has to be."""
    clause = by_code_point(clause)
    if not descending:
        return clause.asc()
    return clause.desc().nulls_last() if nullable else clause.desc()


def reversed_by(clause: Clause, *, descending: bool) -> Clause:
    """The order that a page is read backwards in: absent values first."""
    clause = by_code_point(clause)
    return clause.desc().nulls_first() if descending else clause.asc().nulls_first()
