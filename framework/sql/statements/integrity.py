"""From what the driver raises to a failure of ours: what is taken, missing, still in use, out of range, or away."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

import orjson
import psycopg
import sqlalchemy as sa
from psycopg.errors import Diagnostic

from framework.data.refusals import (
    check_failed,
    in_the_way,
    in_use,
    key_taken,
    missing,
    no_such_record,
    overlaps,
    taken,
)
from framework.errors import Conflict, Failure, Forbidden, Invalid, Unavailable
from framework.expr.nodes import Ref
from framework.spec.attribute import CheckSpec, IdentitySpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.table_scope import Schema
from framework.sql.definitions.look_up_paths import foreign_keys
from framework.sql.definitions.names import (
    exclusion_name,
    foreign_key_name,
    identity_name,
    primary_key_name,
)
from framework.sql.definitions.partitions import partitioned_by

# Classes of SQLSTATE (the first two characters) and single states, as PostgreSQL's Appendix A lists them.
UNIQUE, EXCLUSION, FOREIGN_KEY, RESTRICTED, CHECK, NOT_NULL = "23505", "23P01", "23503", "23001", "23514", "23502"
RETRYABLE = {"40001": "serialization", "40P01": "deadlock"}
# A view that is not written to, a column that the database works out, and what a trigger of somebody's objects to.
NOT_WRITABLE = ("55000", "428C9", "P0001")
# What took longer than the database was told that it may. Only a transaction in which nothing is asked ends with its
# connection.
GIVEN_UP = {
    "55P03": (
        "record_locked",
        "another transaction holds this for longer than we wait",
        "try again in a moment",
    ),
    "57014": (
        "statement_timeout",
        "the database took too long, and was told to stop",
        "ask for less at once: a narrower filter, fewer records or links; or try again when there is less to do",
    ),
    "25P03": (
        "transaction_idle",
        "the transaction was open for too long with nothing asked, and the database has ended it",
        "try again in a moment",
    ),
}
REFUSED = "42501"
AWAY_CLASSES = ("08", "53", "57P", "58", "25P04")
# What a server says that is there and refuses; only this is told of it, no name.
REFUSALS = {
    r'database "[^"]*" does not exist': "there is no such database",
    r"password authentication failed|no password supplied|role .* does not exist": "the user or its password is wrong",
    r"no pg_hba\.conf entry|permission denied for database": "the user may not connect from here",
}
NOT_REACHED = re.compile("connection failed|connection attempts failed|connection timeout|connection is bad")
DATA_CLASS = "22"
# `Key (shelf_id, title)=(…, Dune) already exists.`
KEY_TOLD = re.compile(r"\((.+?)\)=\((.*)\)", re.DOTALL)


class Statement(StrEnum):
    """What was being done: the server words a missing record and one still in use alike."""

    READ = "read"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


def failure_of(
    error: Exception,
    schema: Schema | None = None,
    statement: Statement = Statement.READ,
    resource: ResourceSpec | None = None,
) -> Failure | None:
    """The failure that the error means; None when it is a mistake of ours. The statement was about the resource."""
    if isinstance(error, sa.exc.TimeoutError):
        return unavailable("no connection to the database became free in time")
    if isinstance(error, UnicodeEncodeError | orjson.JSONEncodeError):
        return _unstorable("it is not valid Unicode, or a number too large")
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate is None:
        return _without_state(cause)
    if cause.sqlstate.startswith("23") and schema is not None:
        table = _table_told(cause.diag, schema, resource)
        return _breach(cause.sqlstate, cause.diag, schema, statement, table)
    return _by_state(cause.sqlstate, cause)


def _by_state(state: str, cause: psycopg.Error) -> Failure | None:
    """What the state alone says."""
    if state.startswith(AWAY_CLASSES):
        return unavailable("the database is not available")
    if state in RETRYABLE:
        return in_the_way(RETRYABLE[state])
    if state in GIVEN_UP:
        code, says, hint = GIVEN_UP[state]
        return Unavailable(says, code=code, hint=hint)
    if state == REFUSED:
        # A wall around a tenant, or what a role may not do with a table.
        return Forbidden(
            "the database does not let this through", code="refused_by_database", params={"sqlstate": state}
        )
    if state in NOT_WRITABLE:
        says = f"the database does not take this: {_first_line(cause)}"
        return Conflict(says, code="refused_by_database", params={"sqlstate": state})
    return _unstorable(_first_line(cause)) if state.startswith(DATA_CLASS) else None


def unavailable(says: str) -> Unavailable:
    """The store does not answer."""
    return Unavailable(says, code="database_unavailable", hint="try again in a moment")


def _without_state(cause: psycopg.Error) -> Failure | None:
    """What the driver itself found wrong, before or without the server."""
    if isinstance(cause, psycopg.DataError):
        return _unstorable(_first_line(cause))
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return _refused(str(cause))
    return None


def _refused(words: str) -> Unavailable:
    for pattern, says in REFUSALS.items():
        if re.search(pattern, words):
            hint = "check the address in DATABASE_URL"
            return Unavailable(f"the database refuses the connection: {says}", code="database_refused", hint=hint)
    if NOT_REACHED.search(words):
        return unavailable("the database cannot be reached")
    return unavailable("the connection to the database was lost")


def _unstorable(says: str) -> Invalid:
    return Invalid(f"the database cannot store this: {says}", code="out_of_range")


def _breach(  # noqa: PLR0917
    state: str, diag: Diagnostic, schema: Schema, statement: Statement, table: sa.Table | None
) -> Failure:
    if table is None:
        return _others_refusal(state, diag, statement)
    spec = schema.domain.resources[table.info["resource"]]
    name = diag.constraint_name or ""
    if state == UNIQUE:
        return _taken(diag, spec)
    if state == EXCLUSION:
        found = (each for each in spec.exclusions.values() if exclusion_name(each.name, spec) == name)
        return next((overlaps(spec, each) for each in found), None) or _others_refusal(state, diag, statement)
    if state in (FOREIGN_KEY, RESTRICTED):
        return _unlinked(diag, spec, schema, statement) or _others_refusal(state, diag, statement)
    if state == CHECK:
        return _broken(name, table) or _others_refusal(state, diag, statement)
    if state == NOT_NULL:
        return missing(attribute_named(diag.column_name or "", spec))
    return _others_refusal(state, diag, statement)


def _table_told(diag: Diagnostic, schema: Schema, resource: ResourceSpec | None) -> sa.Table | None:
    """The table that the server speaks of: of that schema, or else one that the search path leads to.

    Of a partitioned table it speaks of the partition, by whatever name that has.
    """
    named = {table.schema: table for table in schema.tables.values() if table.name == diag.table_name}
    found = named.get(diag.schema_name, named.get(None))
    if found is None and resource is not None and partitioned_by(resource) is not None:
        return schema.tables[resource.name]
    return found


def _others_refusal(state: str, diag: Diagnostic, statement: Statement) -> Failure:
    """What a table or rule that is not ours objects to: one that stands behind a view, or was added by hand."""
    rule = diag.constraint_name or diag.column_name or ""
    # A domain of the database names no table.
    where = "" if diag.table_name is None else f" of `{diag.table_name}`"
    says = f"the database refuses this by a rule of its own, `{rule}`{where}"
    in_use_still = state == FOREIGN_KEY and statement is Statement.DELETE
    kind = Conflict if state in (UNIQUE, EXCLUSION, RESTRICTED) or in_use_still else Invalid
    return kind(says, code="refused_by_database", params={"rule": rule, "table": diag.table_name or ""})


def _taken(diag: Diagnostic, spec: ResourceSpec) -> Failure:
    """By the name of the rule, or, where the table is not ours, by what is unique."""
    told = KEY_TOLD.search(diag.message_detail or "")
    columns = {} if told is None else {attribute_named(name.strip('"'), spec) for name in told[1].split(", ")}
    identity = identity_told(diag.constraint_name, columns, spec)
    if identity is not None:
        return taken(spec, identity)
    ours = diag.constraint_name == primary_key_name(spec) or columns in ({}, {spec.key.name})
    return key_taken(spec) if ours else _others_refusal(UNIQUE, diag, Statement.INSERT)


def identity_told(constraint: str | None, columns: Collection[str], spec: ResourceSpec) -> IdentitySpec | None:
    """The identity that is meant, by the name of its rule; of another's table, or a partition, by what is unique.

    What is worked out is told in words of the server's, and so the rest of it has to do.
    """
    for identity in spec.identities.values():
        if identity_name(identity, spec) == constraint:
            return identity
    for identity in spec.identities.values():
        if not spec.managed and {*identity.attributes} == {*columns}:
            return identity
        plain = {part.name for part in identity.parts if isinstance(part, Ref)}
        if partitioned_by(spec) is not None and plain <= {*columns} and len(identity.parts) == len(columns):
            return identity
    return None


def _unlinked(diag: Diagnostic, holder: ResourceSpec, schema: Schema, statement: Statement) -> Failure | None:
    """The key of a record that is not there, or a record gone whose key another one holds."""
    told = KEY_TOLD.search(diag.message_detail or "")
    for link in foreign_keys(holder):
        theirs = (
            not holder.managed and told is not None and attribute_named(told[1].strip('"'), holder) == link.attribute
        )
        if foreign_key_name(link, holder) == diag.constraint_name or theirs:
            target = schema.domain.target(link)
            if statement is Statement.DELETE:
                return in_use(target, holder, _key_told(diag, target))
            return no_such_record(link.attribute, target)
    return None


def _key_told(diag: Diagnostic, spec: ResourceSpec) -> object:
    """The key of the record that the server speaks of."""
    told = KEY_TOLD.search(diag.message_detail or "")
    text = "" if told is None else told[2]
    if told is not None and ", " in told[1]:
        # With what is matched besides, which comes after it.
        text = text.partition(", ")[0]
    key, issues = spec.key.type.cast_text(text)
    return text if issues else key


def _broken(name: str, table: sa.Table) -> Failure | None:
    for constraint in table.constraints:
        if constraint.name != name:
            continue
        check = constraint.info.get("check")
        if isinstance(check, CheckSpec):
            return check_failed(check)
        attribute = str(constraint.info["attribute"])
        return Invalid(f"`{attribute}` {constraint.info['says']}", code="check_failed", path=(attribute,))
    return None


def attribute_named(column: str, spec: ResourceSpec) -> str:
    """The attribute that is kept in a column; the column where none is."""
    return next((each.name for each in spec.attributes.values() if each.column_name == column), column)


def _first_line(cause: psycopg.Error) -> str:
    return (cause.diag.message_primary or str(cause)).splitlines()[0]
