"""Tables that stand as they are declared, to the last word: nothing of them needs to be compared piece by piece."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.sql.definitions.comments import COMMENTED
from framework.sql.migrations.compare.definitions import Definitions, table_sql
from framework.sql.migrations.operations.members import members_of
from framework.sql.migrations.operations.renames import quoted


def is_unchanged(table: sa.Table, stands: Definitions, declared: Definitions) -> bool:
    """Whether nothing differs, and nothing was said that the definitions do not tell: what is odd is to be compared."""
    same = ("checks", "keys", "indexes", "generated", "exclusions", "columns", "partition")
    return (
        all(getattr(stands, part) == getattr(declared, part) for part in same)
        and stands.links == links_of(table)
        and (not table.info.get(COMMENTED) or stands.comments == _comments(table))
        and not any(_has_more_to_say(column) for column in table.c)
    )


def links_of(table: sa.Table) -> Mapping[str, str]:
    """The declared links, as PostgreSQL writes them."""
    return {str(link.name): _link(link) for link in table.foreign_key_constraints}


def _link(link: sa.ForeignKeyConstraint) -> str:
    here = ", ".join(quoted(element.parent.name) for element in link.elements)
    there = ", ".join(quoted(element.column.name) for element in link.elements)
    ends = f"FOREIGN KEY ({here}) REFERENCES {table_sql(link.referred_table)}({there})"
    return ends if link.ondelete is None else f"{ends} ON DELETE {link.ondelete}"


def _comments(table: sa.Table) -> Mapping[str, str]:
    said = {"": table.comment, **{column.name: column.comment for column in table.c}}
    return {name: text for name, text in said.items() if text}


def _has_more_to_say(column: sa.Column[object]) -> bool:
    """Whether it is of an enum, whose labels may lack, or some of its members were spoken of."""
    known = members_of(column)
    spoken_of = known is not None and (known.renamed or known.said or known.dropped)
    return isinstance(column.type, postgresql.ENUM) or bool(spoken_of)
