"""What PostgreSQL refuses, as failures of ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa

from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity
from framework.errors import Conflict, Failure, Invalid, Unavailable
from framework.expr.nodes import Compare, Comparison, Node, Ref, Value
from framework.sql.layer import SqlLayer
from framework.sql.statements.integrity import failure_of
from tests.framework.sql.conftest import MakeLayer


class Owner(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=5)
    age: Attr[int] = attribute(default=1, ge=0)
    listed: Attr[bool] = attribute(default=False)
    unique_name = identity(name, where=listed == True, message="that name is listed already")  # noqa: E712
    aged = identity(name, age)
    grown = check((age > 17) | (listed == False), message="only adults are listed")  # noqa: E712


class Pet(Resource):
    id: Attr[int] = sequence_key()
    owner: One[Owner] = belongs_to()


@pytest.fixture
async def layer(make_layer: MakeLayer) -> SqlLayer:
    """Owners and pets."""
    return await make_layer(Owner, Pet)


async def refusal(layer: SqlLayer, of: type[Resource], **values: Any) -> Failure:
    """The failure that storing the row ends in."""
    with pytest.raises(Failure) as caught:
        async with layer.transaction() as tx:
            await tx.insert(layer.domain.of(of), [values])
    return caught.value


def said(failure: Failure) -> tuple[type[Failure], str, tuple[str | int, ...], str]:
    """All that a caller sees of it."""
    (issue,) = failure.issues
    return type(failure), issue.code, issue.path, issue.message


async def stored(layer: SqlLayer, **values: Any) -> UUID:
    """An owner."""
    row = {"id": uuid4(), "name": "Ann", "age": 30, "listed": False, **values}
    async with layer.transaction() as tx:
        await tx.insert(layer.domain.of(Owner), [row])
    return UUID(str(row["id"]))


def has_id(key: Any) -> Node:
    return Compare(Comparison.EQ, Ref("id"), Value(key))


async def test_what_is_taken_names_the_attribute_and_uses_the_words_declared(layer: SqlLayer) -> None:
    await stored(layer, listed=True)
    failure = await refusal(layer, Owner, id=uuid4(), name="Ann", age=40, listed=True)
    assert said(failure) == (Conflict, "taken", ("name",), "that name is listed already")


async def test_what_is_taken_is_described_where_nothing_was_declared(layer: SqlLayer) -> None:
    await stored(layer)
    failure = await refusal(layer, Owner, id=uuid4(), name="Ann", age=30, listed=False)
    assert said(failure) == (Conflict, "taken", ("age",), "another owner has this `name`, `age`")


async def test_a_key_that_is_taken(layer: SqlLayer) -> None:
    key = await stored(layer)
    failure = await refusal(layer, Owner, id=key, name="Bo", age=3, listed=False)
    assert said(failure) == (Conflict, "taken", ("id",), "another owner has this `id`")


async def test_a_key_of_no_record(layer: SqlLayer) -> None:
    failure = await refusal(layer, Pet, owner_id=uuid4())
    assert said(failure) == (Invalid, "no_such_record", ("owner_id",), "`owner_id`: there is no such owner")


async def test_a_key_of_no_record_on_update(layer: SqlLayer) -> None:
    owner, pet = await stored(layer), layer.domain.of(Pet)
    async with layer.transaction() as tx:
        (row,) = await tx.insert(pet, [{"owner_id": owner}])
    with pytest.raises(Invalid) as caught:
        async with layer.transaction() as tx:
            await tx.update(pet, has_id(row["id"]), {"owner_id": uuid4()})
    assert said(caught.value)[1:3] == ("no_such_record", ("owner_id",))


async def test_a_record_that_others_belong_to_cannot_go(layer: SqlLayer) -> None:
    owner = await stored(layer)
    async with layer.transaction() as tx:
        await tx.insert(layer.domain.of(Pet), [{"owner_id": owner}])
    with pytest.raises(Conflict) as caught:
        async with layer.transaction() as tx:
            await tx.delete(layer.domain.of(Owner), has_id(owner))
    assert said(caught.value) == (Conflict, "in_use", (), "some pet still uses the owner")


async def test_a_limit_is_said_in_words(layer: SqlLayer) -> None:
    failure = await refusal(layer, Owner, id=uuid4(), name="Annabel", age=1, listed=False)
    assert said(failure) == (Invalid, "check_failed", ("name",), "`name` must have at most 5 characters")


async def test_a_declared_check_uses_the_words_declared(layer: SqlLayer) -> None:
    failure = await refusal(layer, Owner, id=uuid4(), name="Ann", age=1, listed=True)
    assert said(failure) == (Invalid, "check_failed", (), "only adults are listed")


async def test_a_value_that_is_missing(layer: SqlLayer) -> None:
    failure = await refusal(layer, Owner, id=uuid4(), name=None, age=1, listed=False)
    assert said(failure) == (Invalid, "missing", ("name",), "`name` is required")


@pytest.mark.parametrize(("name", "value"), [("name", "a\0b"), ("age", 2**63), ("name", "\ud800")])
async def test_a_value_that_postgresql_cannot_hold(layer: SqlLayer, name: str, value: Any) -> None:
    row = {"id": uuid4(), "name": "Ann", "age": 1, "listed": False, name: value}
    failure = await refusal(layer, Owner, **row)
    assert (type(failure), failure.issues[0].code) == (Invalid, "out_of_range")


@pytest.mark.parametrize(
    ("state", "failure", "code"),
    [
        (psycopg.errors.SerializationFailure, Conflict, "retryable"),
        (psycopg.errors.DeadlockDetected, Conflict, "retryable"),
        (psycopg.errors.LockNotAvailable, Unavailable, "record_locked"),
        (psycopg.errors.QueryCanceled, Unavailable, "statement_timeout"),
        (psycopg.errors.IdleInTransactionSessionTimeout, Unavailable, "transaction_idle"),
        (psycopg.errors.TooManyConnections, Unavailable, "database_unavailable"),
        (psycopg.errors.CannotConnectNow, Unavailable, "database_unavailable"),
        (psycopg.errors.AdminShutdown, Unavailable, "database_unavailable"),
        (psycopg.errors.ConnectionFailure, Unavailable, "database_unavailable"),
        (psycopg.errors.DiskFull, Unavailable, "database_unavailable"),
        (psycopg.OperationalError, Unavailable, "database_unavailable"),
    ],
)
def test_what_passes_is_told_from_what_stays(state: type[psycopg.Error], failure: type[Failure], code: str) -> None:
    found = failure_of(sa.exc.DBAPIError("SELECT 1", {}, state("the server's words")))
    assert found is not None
    assert (type(found), found.issues[0].code) == (failure, code)
    assert "the server's words" not in str(found)


def test_a_pool_that_is_used_up_is_unavailable() -> None:
    found = failure_of(sa.exc.TimeoutError("QueuePool limit of size 10 reached"))
    assert isinstance(found, Unavailable)


def test_a_mistake_of_ours_is_no_failure_of_the_caller() -> None:
    assert failure_of(sa.exc.DBAPIError("SELEC 1", {}, psycopg.errors.SyntaxError("near SELEC"))) is None
