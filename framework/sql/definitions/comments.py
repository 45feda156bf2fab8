"""What a declaration says in words, told in the database too: comments on tables and their columns."""

from __future__ import annotations

import sqlalchemy as sa

from framework.spec.resource import ResourceSpec

COMMENTED = "commented"


def note_comments(table: sa.Table, spec: ResourceSpec) -> None:
    """Keeps with the table and its columns what is said of them; where nothing is, they have no comment."""
    if not spec.commented:
        return
    table.info[COMMENTED] = True
    table.comment = spec.doc or None
    for column in table.c:
        column.comment = spec.attributes[column.key].doc or None
