"""The layer over PostgreSQL, in what only a database can do."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from framework.data.selection import Lock, Ordering, Selection
from framework.data.total import COUNTED, Total
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.errors import Conflict, Unavailable
from framework.expr.build import moment
from framework.expr.nodes import Arithmetic, Compare, Comparison, Node, Operator, Ref, Value, along
from framework.sql.engine import open_layer
from framework.sql.layer import SqlLayer
from framework.sql.statements.prepared import Prepared
from framework.testing.queries import assert_queries
from framework.testing.until import until
from tests.framework.sql.conftest import MakeLayer


class Box(Resource):
    id: Attr[int] = sequence_key()
    label: Attr[str] = attribute()
    things: Many[Thing] = has_many()
    size: Attr[int] = count(things)


class Thing(Resource):
    id: Attr[int] = sequence_key()
    weight: Attr[int] = attribute(default=0)
    box: One[Box] = belongs_to()


@pytest.fixture
async def layer(make_layer: MakeLayer) -> SqlLayer:
    """Boxes and things."""
    return await make_layer(Box, Thing)


async def boxes(layer: SqlLayer, *labels: str) -> list[int]:
    """The keys of new boxes."""
    async with layer.transaction() as tx:
        return [row["id"] for row in await tx.insert(layer.domain.of(Box), [{"label": label} for label in labels])]


def with_id(key: int) -> Node:
    return Compare(Comparison.EQ, Ref("id"), Value(key))


async def terminate_all(layer: SqlLayer) -> None:
    """Closes every connection of the layer from the server's side, as a restart does."""
    query = sa.text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    url = layer.engine.url.render_as_string(hide_password=False)
    async with open_layer(layer.domain, url) as other, other.engine.connect() as connection:
        await connection.execute(query)


async def test_a_thousand_rows_are_one_statement_and_keep_their_order(layer: SqlLayer) -> None:
    labels = [f"box {number * 7919 % 1000}" for number in range(1000)]
    with assert_queries(1, layer):
        async with layer.transaction() as tx:
            rows = await tx.insert(layer.domain.of(Box), [{"label": label} for label in labels])
    assert [row["label"] for row in rows] == labels
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)


async def test_one_row_and_many_are_the_same_statement(layer: SqlLayer) -> None:
    async with layer.transaction() as tx:
        with assert_queries(2, layer) as sent:
            await tx.insert(layer.domain.of(Box), [{"label": "one"}])
            await tx.insert(layer.domain.of(Box), [{"label": "two"}, {"label": "three"}])
    assert sent[0] == sent[1]


async def test_rows_with_expressions_of_their_own_are_stored_one_by_one(layer: SqlLayer) -> None:
    (box,) = await boxes(layer, "a")
    sums = [Arithmetic(Operator.ADD, Value(number), Value(1)) for number in range(3)]
    async with layer.transaction() as tx:
        rows = await tx.insert(layer.domain.of(Thing), [{"weight": one, "box_id": box} for one in sums])
    assert [row["weight"] for row in rows] == [1, 2, 3]


async def test_reading_with_an_aggregate_and_a_link_is_one_statement(layer: SqlLayer) -> None:
    (box,) = await boxes(layer, "a")
    async with layer.transaction() as tx:
        await tx.insert(layer.domain.of(Thing), [{"weight": 1, "box_id": box}] * 2)
    where = Compare(Comparison.EQ, along("box", "size"), Value(2))
    selection = Selection(layer.domain.of(Thing), ("weight",), where, (Ordering(along("box", "label")),))
    with assert_queries(1, layer):
        async with layer.snapshot_read() as reader:
            assert await reader.read(selection) == [{"weight": 1}, {"weight": 1}]


async def test_many_records_are_estimated_and_few_are_counted(layer: SqlLayer) -> None:
    (box,) = await boxes(layer, "a")
    many = f"INSERT INTO things (weight, box_id) SELECT i / 11000, {box} FROM generate_series(1, 12000) i"
    thing, heavy = layer.domain.of(Thing), Compare(Comparison.EQ, Ref("weight"), Value(1))
    async with layer.engine.begin() as connection:
        await connection.exec_driver_sql(many)
        # What PostgreSQL knows of the table is from before, and what was counted is known better.
        await connection.exec_driver_sql("UPDATE pg_class SET reltuples = 1, relpages = 1000 WHERE relname = 'things'")
    async with layer.autocommit_read() as reader:
        assert await reader.estimate(thing, None) == Total(COUNTED + 1, is_exact=False)
        assert await reader.estimate(thing, heavy) == Total(1001, is_exact=True)
    async with layer.engine.begin() as connection:
        await connection.exec_driver_sql("ANALYZE things")
    async with layer.snapshot_read() as reader:
        assert await reader.estimate(thing, None) == Total(12000, is_exact=False)
        light = await reader.estimate(thing, Compare(Comparison.LT, Ref("weight"), Value(1)))
        assert (light.number > COUNTED, light.is_exact) == (True, False)


async def test_a_reading_sees_one_moment(layer: SqlLayer) -> None:
    async with layer.snapshot_read() as reader:
        before = await reader.count(layer.domain.of(Box), None)
        await boxes(layer, "later")
        assert await reader.count(layer.domain.of(Box), None) == before == 0


async def test_a_reading_writes_nothing(layer: SqlLayer) -> None:
    async with layer.snapshot_read() as reader:
        run = reader.run  # type: ignore[attr-defined]  # what this layer's reader has besides the protocol
        with pytest.raises(sa.exc.InternalError, match="read-only transaction"):
            await run(Prepared(sa.insert(layer.schema.tables["Box"]).values(label="x"), {}))


async def test_an_autocommit_read_is_one_statement_on_what_is_committed(layer: SqlLayer) -> None:
    await boxes(layer, "a")
    async with layer.autocommit_read() as reader:
        assert await reader.count(layer.domain.of(Box), None) == 1


async def test_a_locked_record_waits_for_the_transaction_that_holds_it(layer: SqlLayer) -> None:
    (key,) = await boxes(layer, "a")
    spec = layer.domain.of(Box)
    locked, order = asyncio.Event(), list[str]()

    async def first() -> None:
        async with layer.transaction() as tx:
            await tx.read(Selection(spec, ("id",), with_id(key), lock=Lock.UPDATE))
            locked.set()
            await blocked(layer)
            order.append("first")

    async def second() -> None:
        await locked.wait()
        async with layer.transaction() as tx:
            await tx.update(spec, with_id(key), {"label": "b"})
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]


async def test_a_record_found_along_a_link_is_locked_and_the_other_is_not(layer: SqlLayer) -> None:
    (box,) = await boxes(layer, "a")
    things = layer.domain.of(Thing)
    async with layer.transaction() as tx:
        await tx.insert(things, [{"weight": 1, "box_id": box}])
        sort = (Ordering(along("box", "label")),)
        found = await tx.read(Selection(things, ("id",), sort=sort, limit=1, lock=Lock.UPDATE))
        assert len(found) == 1
        async with layer.transaction() as other:
            await other.update(layer.domain.of(Box), with_id(box), {"label": "b"})


async def blocked(layer: SqlLayer) -> None:
    """Returns when the server says that some connection waits for a lock."""
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with layer.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        while not (await connection.execute(query)).scalar():
            pass


async def test_a_deadlock_is_a_conflict_worth_another_try(layer: SqlLayer) -> None:
    one, two = await boxes(layer, "a", "b")
    spec = layer.domain.of(Box)
    both = asyncio.Barrier(2)

    async def cross(first: int, second: int) -> None:
        async with layer.transaction() as tx:
            await tx.update(spec, with_id(first), {"label": "x"})
            await both.wait()
            await tx.update(spec, with_id(second), {"label": "x"})

    outcomes = await asyncio.gather(cross(one, two), cross(two, one), return_exceptions=True)
    (failure,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failure, Conflict)
    assert failure.issues[0].code == "retryable"


async def test_effects_follow_the_commit_and_one_that_fails_spoils_nothing(layer: SqlLayer) -> None:
    seen: list[int] = []

    async def fail() -> None:
        raise RuntimeError("no")

    async def look() -> None:
        async with layer.snapshot_read() as reader:
            seen.append(await reader.count(layer.domain.of(Box), None))

    async with layer.transaction() as tx:
        tx.on_commit(fail)
        tx.on_commit(look)
        await tx.insert(layer.domain.of(Box), [{"label": "a"}])
        assert seen == []
    assert seen == [1]


async def test_effects_of_what_was_rolled_back_never_happen(layer: SqlLayer) -> None:
    seen: list[str] = []

    async def note() -> None:
        seen.append("ran")

    async def roll_back() -> None:
        async with layer.transaction() as tx:
            tx.on_commit(note)
            raise LookupError

    with pytest.raises(LookupError):
        await roll_back()
    assert seen == []


async def test_time_moves_on_between_statements_and_not_within_one(layer: SqlLayer) -> None:
    spec = layer.domain.of(Box)
    await boxes(layer, "a", "b")
    now = moment().node
    async with layer.transaction() as tx:
        same = Compare(Comparison.EQ, now, now)
        assert await tx.count(spec, same) == 2
        ((earlier,),) = await tx.run(Prepared(sa.text("SELECT statement_timestamp()"), {}))  # type: ignore[attr-defined]
        assert await tx.count(spec, Compare(Comparison.GT, now, Value(earlier))) == 2


async def test_connections_that_the_server_closed_are_replaced_unnoticed(layer: SqlLayer) -> None:
    await asyncio.gather(*(boxes(layer, "a") for _ in range(4)))
    await terminate_all(layer)
    await asyncio.gather(*(boxes(layer, "b") for _ in range(4)))
    await layer.ping()


async def test_a_connection_lost_in_the_middle_is_unavailable_and_the_next_one_works(layer: SqlLayer) -> None:
    async def interrupted() -> None:
        async with layer.transaction() as tx:
            await tx.insert(layer.domain.of(Box), [{"label": "lost"}])
            await terminate_all(layer)
            await tx.insert(layer.domain.of(Box), [{"label": "lost too"}])

    with pytest.raises(Unavailable) as caught:
        await interrupted()
    assert caught.value.issues[0].code == "database_unavailable"
    async with layer.snapshot_read() as reader:
        assert await reader.count(layer.domain.of(Box), None) == 0


async def test_a_server_that_is_not_there_is_unavailable(layer: SqlLayer) -> None:
    async with open_layer(layer.domain, "postgresql://nobody@127.0.0.1:1/none") as nowhere:
        with pytest.raises(Unavailable):
            await nowhere.ping()
        with pytest.raises(Unavailable):
            async with nowhere.transaction() as tx:
                await tx.count(layer.domain.of(Box), None)


async def _somebody_waits(layer: SqlLayer) -> bool:
    """Whether a transaction of this database waits for another's."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with layer.autocommit_read() as reader:
        ((number,),) = await reader.run(Prepared(sa.text(waiting), {}))  # type: ignore[attr-defined]  # this layer's
    return bool(number)


@pytest.mark.parametrize("lock", [Lock.UPDATE, Lock.DESTROY])
async def test_who_links_to_a_record_waits_for_what_is_to_be_destroyed_alone(layer: SqlLayer, lock: Lock) -> None:
    """Or who makes a record that links to one, and holds what another wants who has that one, waits in a circle."""
    (box,) = await boxes(layer, "a")
    thing = layer.domain.of(Thing)
    async with layer.transaction() as holder:
        await holder.read(Selection(layer.domain.of(Box), ("id",), with_id(box), lock=lock))

        async def link() -> None:
            async with layer.transaction() as other:
                await other.insert(thing, [{"weight": 1, "box_id": box}])

        linking = asyncio.create_task(link())
        if lock is Lock.DESTROY:
            await until(lambda: _somebody_waits(layer))
        else:
            await linking
    await linking


async def test_an_update_of_several_records_lets_others_link_to_them(layer: SqlLayer) -> None:
    found = await boxes(layer, "a", "b")
    async with layer.transaction() as holder:
        changes = {key: {"label": f"{key}"} for key in found}
        await holder.update_each(layer.domain.of(Box), changes, None)
        async with layer.transaction() as other:
            await other.insert(layer.domain.of(Thing), [{"weight": 1, "box_id": key} for key in found])
