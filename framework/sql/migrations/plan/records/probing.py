"""A look at the records that stand before each rule that some of them may break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alembic.operations import ops

from framework.sql.migrations.compare.indexes import parts_of
from framework.sql.migrations.operations.exclusions import AlterAction, Excluded, ExclusionOp
from framework.sql.migrations.operations.generated import GeneratedChange, GeneratedOp
from framework.sql.migrations.operations.probes import RefuseRowsOp
from framework.sql.migrations.operations.renames import DIALECT, qualified, quoted, table_key
from framework.sql.migrations.operations.retyping import LockTableOp
from framework.sql.migrations.plan.records.absence import holds_when_absent
from framework.sql.migrations.plan.records.fillers import filler_of

Step = ops.MigrateOperation
# An alias that no table is called by.
END = "dspex_end"
SHORT = {"literal_binds": True, "include_table": False}


def empty_columns(steps: Sequence[Step]) -> set[tuple[str, str]]:
    """The columns that come with nothing in them: a rule that says nothing of what is absent is not broken."""
    added = [step for step in steps if isinstance(step, ops.AddColumnOp) and step.column.nullable]
    return {
        (table_key(step.table_name, step.schema), step.column.name)
        for step in added
        if (filler := filler_of(step.column)) is None or not filler.asked
    }


def probed(steps: Sequence[Step], empty: set[tuple[str, str]], words: Mapping[str, str]) -> Iterator[Step]:
    """The steps, each rule after its look; a table made here has no records. `words` are said of rules by name."""
    made = {table_key(step.table_name, step.schema) for step in steps if isinstance(step, ops.CreateTableOp)}
    for step in steps:
        probe = _probe(step, words)
        if probe is not None:
            absent = {name for key, name in empty if key == probe.key}
            if probe.key not in made and not holds_when_absent(step, absent):
                yield from [LockTableOp(probe.table_name, probe.schema)] if isinstance(step, GeneratedOp) else []
                yield probe
        yield step


def _probe(step: Step, words: Mapping[str, str]) -> RefuseRowsOp | None:
    match step:
        case ops.CreateCheckConstraintOp():
            rule = text_of(step.condition)
            says = words.get(str(step.constraint_name), f"break the rule `{step.constraint_name}`: {rule}")
            return RefuseRowsOp(step.table_name, f"NOT ({rule})", says, step.schema)
        case ops.CreateUniqueConstraintOp() | ops.CreatePrimaryKeyOp():
            return _twins(step, step.constraint_name, [*map(str, step.columns)])
        case ops.CreateIndexOp(unique=True):
            return _twins(step, step.index_name, step.columns)
        case ops.CreateForeignKeyOp():
            return _astray(step)
        case ExclusionOp(action=AlterAction.ADD, excluded=excluded):
            return _overlapping(excluded)
        case GeneratedOp(change=GeneratedChange.BEGIN, column=column):
            name = quoted(column.name)
            other = f"{name}::{column.kind} IS DISTINCT FROM ({column.expression})::{column.kind}"
            return RefuseRowsOp(column.table, other, f"hold another `{column.name}` than is worked out", column.schema)
        case _:
            return None


def _twins(
    step: ops.CreateIndexOp | ops.CreateUniqueConstraintOp | ops.CreatePrimaryKeyOp,
    name: object,
    columns: Sequence[Any],
) -> RefuseRowsOp:
    """The records that share what is to be unique; those with an absent value among it collide only if it says so."""
    names = [*map(text_of, columns)]
    parts = ", ".join(names)
    among = step.kw.get("postgresql_where")
    apart = not step.kw.get("postgresql_nulls_not_distinct")
    some = [*(f"{part} IS NOT NULL" for part in names if apart), *([] if among is None else [f"({text_of(among)})"])]
    table = qualified(step.schema, step.table_name)
    says = f"share their {parts} with others, which `{name}` forbids"
    if apart:
        present = " AND ".join(some)
        several = f"SELECT {parts} FROM {table} WHERE {present} GROUP BY {parts} HAVING count(*) > 1"  # noqa: S608
        return RefuseRowsOp(step.table_name, f"{present} AND ({parts}) IN ({several})", says, step.schema)
    counted = f"SELECT ctid, count(*) OVER (PARTITION BY {parts}) AS alike FROM {table}"  # noqa: S608
    counted += f" WHERE {' AND '.join(some)}" if some else ""
    several = f"SELECT ctid FROM ({counted}) AS {END} WHERE alike > 1"  # noqa: S608
    return RefuseRowsOp(step.table_name, f"ctid IN ({several})", says, step.schema)


def _overlapping(rule: Excluded) -> RefuseRowsOp:
    """The records whose span is that of another one too, where they share the rest."""
    pairs = [part.rpartition(" WITH ")[::2] for part in parts_of(rule.definition)]
    parts = ", ".join(f"{part} AS p{place}" for place, (part, _) in enumerate(pairs))
    among = "" if rule.among is None else f" WHERE {rule.among}"
    these = f"(SELECT ctid AS place, {parts} FROM {qualified(rule.schema, rule.table)}{among})"  # noqa: S608
    met = " AND ".join(f"one.p{place} {operator} {END}.p{place}" for place, (_, operator) in enumerate(pairs))
    found = f"SELECT one.place FROM {these} AS one JOIN {these} AS {END} ON one.place <> {END}.place AND {met}"  # noqa: S608
    says = f"overlap with others, which `{rule.name}` forbids"
    return RefuseRowsOp(rule.table, f"ctid IN ({found})", says, rule.schema)


def _astray(step: ops.CreateForeignKeyOp) -> RefuseRowsOp:
    """The records whose key is that of no record."""
    schema, referent = step.kw.get("source_schema"), step.kw.get("referent_schema")
    source, target = qualified(schema, step.source_table), qualified(referent, step.referent_table)
    pairs = [(quoted(here), quoted(there)) for here, there in zip(step.local_cols, step.remote_cols, strict=True)]
    present = " AND ".join(f"{here} IS NOT NULL" for here, _ in pairs)
    met = " AND ".join(f"{END}.{there} = {source}.{here}" for here, there in pairs)
    where = f"{present} AND NOT EXISTS (SELECT 1 FROM {target} AS {END} WHERE {met})"  # noqa: S608
    says = f"hold a `{', '.join(step.local_cols)}` that no record of `{step.referent_table}` has"
    return RefuseRowsOp(step.source_table, where, says, schema)


def text_of(clause: Any) -> str:
    """A column's name or an expression, as it stands in a statement."""
    return quoted(clause) if isinstance(clause, str) else str(clause.compile(dialect=DIALECT, compile_kwargs=SHORT))
