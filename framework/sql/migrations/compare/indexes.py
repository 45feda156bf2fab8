"""Indexes as they stand: what they are of is taken from PostgreSQL's own definition, of which SQLAlchemy reads less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from alembic.operations import ops

OPERATORS = "postgresql_ops"
QUOTES = "'\""


def with_their_parts(steps: Sequence[ops.MigrateOperation], definitions: Mapping[str, str]) -> None:
    """Has each index that a step brings back be of what it was of: expressions, operators, collations, directions."""
    for step in steps:
        if isinstance(step, ops.DropIndexOp) and isinstance(step._reverse, ops.CreateIndexOp):  # noqa: SLF001
            made = step._reverse  # noqa: SLF001
            definition = definitions.get(str(step.index_name))
            if definition is not None and (OPERATORS in made.kw or not all(map(_plain, made.columns))):
                made.columns = [sa.literal_column(part) for part in parts_of(definition)]
                made.kw.pop(OPERATORS, None)


def parts_of(definition: str) -> list[str]:
    """What an index is of: `lower(email)` and `number DESC` of `… USING btree (lower(email), number DESC) …`."""
    return [part.strip() for part in _split(definition[definition.index("(") + 1 :])]


def _split(text: str) -> Iterator[str]:
    """What stands between commas up to the closing parenthesis, whatever is in parentheses and quotes."""
    depth, quote, start = 0, "", 0
    for place, sign in enumerate(text):
        if quote or sign in QUOTES:
            # A quote within is doubled: it ends one text and begins the next.
            quote = "" if sign == quote else quote or sign
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth < 0:
                yield text[start:place]
                return
        elif sign == "," and depth == 0:
            yield text[start:place]
            start = place + 1


def _plain(column: object) -> bool:
    return isinstance(column, str | sa.Column)
