"""Many records by one call: each is held to its own guard and told under its own index, on both layers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.chunks import SIZE
from framework.data.memory import MemoryLayer
from framework.errors import Conflict, Failure, Invalid, NotFound
from framework.expr.nodes import TRUE
from framework.identifiers import uuid7
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.testing.queries import assert_queries
from tests.conftest import MakeDatabase
from tests.framework.actions.parcels import PARCELS, Parcel, Receipt
from tests.framework.actions.together import expected, told_of


@pytest.fixture(scope="module")
async def tables(make_database: MakeDatabase) -> AsyncIterator[SqlLayer]:
    """The parcels' table, made once."""
    async with open_layer(PARCELS, await make_database()) as layer:
        await create_tables(layer)
        yield layer


@pytest.fixture
async def postgres(tables: SqlLayer) -> Session:
    """A session over PostgreSQL, with nothing in it."""
    async with tables.transaction() as transaction:
        await transaction.delete(PARCELS.of(Receipt), TRUE)
        await transaction.delete(PARCELS.of(Parcel), TRUE)
    return Engine(PARCELS, tables).session()


@pytest.fixture(params=["memory", "postgres"])
def session(request: pytest.FixtureRequest) -> Session:
    """A session over each layer."""
    if request.param == "memory":
        return Engine(PARCELS, MemoryLayer(PARCELS)).session()
    found: Session = request.getfixturevalue("postgres")
    return found


async def packed(session: Session, *owners: str) -> list[Parcel]:
    """A parcel of each owner."""
    return await session.create_all(Parcel.pack, [{"owner": owner, "weight": 10} for owner in owners])


async def perform(session: Session, name: str, *requests: Request) -> list[Any]:
    """What the action gives for the requests."""
    return await session.perform(PARCELS.action("Parcel", name), requests)


async def left(session: Session) -> list[str]:
    """The owners of the parcels that are there."""
    return sorted([parcel.owner for parcel in await session.read(Parcel.browse)])


async def test_each_destroy_of_many_is_held_to_its_own_guard(session: Session) -> None:
    ann, bob = await packed(session, "ann", "bob")
    with pytest.raises(Conflict) as caught:
        await perform(session, "purge", Request({"owned_by": "ann"}, ann.id), Request({"owned_by": "zoe"}, bob.id))
    assert [issue.path for issue in caught.value.issues] == [(1, "id")]
    assert await left(session) == ["ann", "bob"]


async def test_destroys_with_different_guards_are_made_by_one_call(session: Session) -> None:
    ann, bob = await packed(session, "ann", "bob")
    gone = await perform(session, "purge", Request({"owned_by": "ann"}, ann.id), Request({"owned_by": "bob"}, bob.id))
    assert [parcel.owner for parcel in gone] == ["ann", "bob"]
    assert await left(session) == []


async def test_each_update_of_many_is_held_to_its_own_guard(session: Session) -> None:
    ann, bob, cid = await packed(session, "ann", "bob", "cid")
    requests = [Request({"owned_by": name, "weight": 1}, p.id) for name, p in (("zoe", ann), ("bob", bob), ("", cid))]
    with pytest.raises(Conflict) as caught:
        await perform(session, "edit_own", *requests)
    assert [issue.path for issue in caught.value.issues] == [(0, "id"), (2, "id")]
    assert {parcel.weight for parcel in await session.read(Parcel.browse)} == {10}


async def test_every_absent_record_is_told_under_its_index(session: Session) -> None:
    (there,) = await packed(session, "ann")
    absent = [uuid7(), uuid7()]
    requests = [Request({"weight": 1}, key) for key in (absent[0], there.id, absent[1])]
    with pytest.raises(NotFound) as caught:
        await perform(session, "edit", *requests)
    told = [(issue.path, issue.params["id"]) for issue in caught.value.issues]
    assert told == [((0, "id"), str(absent[0])), ((2, "id"), str(absent[1]))]


async def test_a_record_that_is_refused_in_a_group_of_its_own_is_told_under_its_index(session: Session) -> None:
    ann, cid = await packed(session, "ann", "cid")
    with pytest.raises(Failure) as caught:
        await perform(session, "load", Request({"by": 1}, ann.id), Request({"by": 1000}, cid.id))
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("check_failed", (1, "weight"))]


async def test_a_record_that_is_still_used_is_told_under_its_index(session: Session) -> None:
    parcels = await packed(session, "ann", "ann", "ann")
    await session.create(Receipt.keep, {"parcel_id": parcels[1].id})
    with pytest.raises(Conflict) as caught:
        await perform(session, "purge", *(Request({"owned_by": "ann"}, parcel.id) for parcel in parcels))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path, issue.params["id"]) == ("in_use", (1,), str(parcels[1].id))
    assert await left(session) == ["ann", "ann", "ann"]


async def test_of_many_changes_the_wrong_one_is_told_though_others_leave_values_out(session: Session) -> None:
    parcels = await packed(session, "ann", "bob")
    with pytest.raises(Failure) as caught:
        await perform(session, "edit", *(Request({"weight": 60}, parcel.id) for parcel in parcels))
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("check_failed", (1,))]


async def test_what_is_refused_beyond_the_first_statement_is_told_under_its_index(session: Session) -> None:
    values: list[dict[str, Any]] = [{"owner": "ann", "weight": 1, "label": str(number)} for number in range(SIZE + 2)]
    values[SIZE + 1]["label"] = "0"
    with pytest.raises(Conflict) as caught:
        await session.create_all(Parcel.pack, values)
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("taken", (SIZE + 1, "label"))]
    assert await left(session) == []


async def test_records_that_change_to_values_of_their_own_are_one_statement(
    postgres: Session, tables: SqlLayer
) -> None:
    parcels = await packed(postgres, *(str(number) for number in range(50)))
    requests = [Request({"weight": number, "label": f"{number}"}, p.id) for number, p in enumerate(parcels)]
    with assert_queries(1, tables):
        edited = await perform(postgres, "edit", *requests)
    assert [(parcel.owner, parcel.weight, parcel.label) for parcel in edited] == [
        (str(number), number, str(number)) for number in range(50)
    ]


async def test_what_is_worked_out_of_arguments_alone_is_a_value_like_any_other(
    postgres: Session, tables: SqlLayer
) -> None:
    parcels = await packed(postgres, *(str(number) for number in range(20)))
    requests = [Request({"by": number}, parcel.id) for number, parcel in enumerate(parcels)]
    with assert_queries(1, tables):
        weighed = await perform(postgres, "weigh_twice", *requests)
    assert [parcel.weight for parcel in weighed] == [2 * number for number in range(20)]


async def test_records_that_change_alike_are_one_condition_and_no_list_of_values(
    postgres: Session, tables: SqlLayer
) -> None:
    parcels = await packed(postgres, *(str(number) for number in range(50)))
    with assert_queries(1, tables) as sent:
        edited = await perform(postgres, "edit", *(Request({"weight": 7}, parcel.id) for parcel in parcels))
    assert [(parcel.owner, parcel.weight) for parcel in edited] == [(str(number), 7) for number in range(50)]
    assert "unnest" not in sent[0]


async def test_many_creates_are_statements_of_so_many_rows(postgres: Session, tables: SqlLayer) -> None:
    """What one statement takes besides its rows would otherwise grow with their number, several times over."""
    values = [{"owner": "ann", "weight": 1}] * (2 * SIZE + 1)
    with assert_queries(3, tables):
        assert len(await postgres.create_all(Parcel.pack, values)) == len(values)


NAMES = st.sampled_from(["ann", "bob"])
WEIGHTS = st.integers(-1, 101)


@st.composite
def calls(draw: st.DrawFn) -> tuple[list[Any], str, list[Any]]:
    """Parcels, an action, and what it is asked to do to which of them; None and -1 are about no parcel there is."""
    one = st.fixed_dictionaries({"owner": NAMES, "weight": st.integers(0, 50), "paid": st.booleans()})
    stored = draw(st.lists(one, max_size=4))
    name = draw(st.sampled_from(["pack", "pack_by_scale", "edit", "edit_own", "load", "send", "purge"]))
    inputs = {
        "pack": st.fixed_dictionaries({"owner": NAMES, "weight": WEIGHTS}),
        "pack_by_scale": st.fixed_dictionaries({"owner": NAMES, "by": WEIGHTS}),
        "edit": st.fixed_dictionaries({}, optional={"owner": NAMES, "weight": WEIGHTS}),
        "edit_own": st.fixed_dictionaries({"weight": WEIGHTS, "owned_by": NAMES}),
        "load": st.fixed_dictionaries({"by": WEIGHTS}),
        "send": st.just({}),
        "purge": st.fixed_dictionaries({"owned_by": NAMES}),
    }
    made = name.startswith("pack")
    about = st.none() if made else st.integers(-1, len(stored) - 1)
    unique = None if made else (lambda request: request[0])
    requests = draw(st.lists(st.tuples(about, inputs[name]), min_size=1, max_size=5, unique_by=unique))
    return stored, name, requests


class Undone(Exception):
    """Nothing of this is to be kept."""


async def ends(session: Session, stored: list[Any], name: str, requests: list[Any]) -> list[Any] | Failure:
    """What the action makes of the parcels, or how it fails; all of it is forgotten."""
    told: list[list[Any] | Failure] = []
    try:
        async with session.transaction() as inner:
            given = [{name: parcel[name] for name in ("owner", "weight")} for parcel in stored]
            parcels = await inner.create_all(Parcel.pack, given) if stored else []
            paid = [{"parcel_id": parcel.id} for parcel, it in zip(parcels, stored, strict=True) if it["paid"]]
            await inner.create_all(Receipt.keep, paid)
            keys = [None if at is None else uuid7() if at < 0 else parcels[at].id for at, _ in requests]
            asked = [Request(values, key) for key, (_, values) in zip(keys, requests, strict=True)]
            told.append(await perform(inner, name, *asked))
            raise Undone
    except Undone:
        return told[0]
    except Failure as failure:
        return failure


AT_INPUT, AT_STORE, UNMATCHED = range(3)


def stage(failure: Failure) -> int:
    """When it is known: as the input is read, as the store writes, or when it has not found what it should."""
    if failure.issues[0].code in ("check_failed", "taken", "in_use"):
        return AT_STORE
    return AT_INPUT if isinstance(failure, Invalid) else UNMATCHED


def plain(parcel: Any) -> tuple[Any, ...]:
    """A parcel but for its key."""
    return parcel.owner, parcel.weight, parcel.label, parcel.stage


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(asked=calls())
async def test_many_by_one_call_end_as_each_alone(tables: SqlLayer, asked: Any) -> None:
    """Would have caught that the guard of the first destroy counted for all: alone, the second one is refused."""
    stored, name, requests = asked
    for layer in (MemoryLayer(PARCELS), tables):
        session = Engine(PARCELS, layer).session()
        alone = [await ends(session, stored, name, [request]) for request in requests]
        together = await ends(session, stored, name, requests)
        if not isinstance(together, Failure):
            assert [plain(parcel) for parcel in together] == [plain(end[0]) for end in alone if isinstance(end, list)]
            assert len(together) == len(requests)
            continue
        kind, issues = expected(alone, stage)
        assert type(together) is kind
        if stage(together) == AT_STORE and len(requests) > 1:
            # The store stops at the first record that it refuses.
            assert len(together.issues) == 1
            assert told_of(together)[0] in issues
        else:
            assert told_of(together) == issues
