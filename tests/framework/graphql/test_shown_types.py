"""What names a record is an ID, whatever its key is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLID, GraphQLNamedType, GraphQLObjectType, get_named_type
from pydantic import BaseModel

from framework.actions.request import Call
from framework.actions.session import Session
from framework.declare.actions import Action, Create, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.spec.action import Scope
from tests.framework.graphql.conftest import Api, Serve


class Moved(BaseModel):
    """What was moved."""

    crate_id: UUID
    crate_ids: list[UUID]
    receipt: UUID


class Shelf(Resource):
    """Counted by the database."""

    id: Attr[int] = sequence_key()
    label: Attr[str] = attribute()
    crates: Many[Crate] = has_many()

    browse = Read()
    build = Create(accept=[label])


class Crate(Resource):
    """Lies on a shelf."""

    id: Attr[UUID] = primary_key()
    shelf: One[Shelf | None] = belongs_to()
    seal: Attr[UUID | None] = attribute(default=None)
    crate_id: Attr[UUID | None] = attribute(default=None, doc="The one it came out of.")

    browse = Read()
    pack = Create(accept=[shelf, seal, crate_id])
    put = Update(accept=[shelf])
    move = Action(
        verb("tests.framework.graphql.test_shown_types:move"),
        scope=Scope.RESOURCE,
        returns=Moved,
        arguments={"crate_id": argument(UUID), "shelf_id": argument(int), "receipt": argument(UUID)},
    )


class Bin(Resource):
    """Has a number for its key, which is not called `id`."""

    number: Attr[int] = sequence_key()
    label: Attr[str] = attribute()

    browse = Read()
    add = Create(accept=[label])


async def move(calls: list[Call], session: Session) -> list[Moved]:
    """What was asked for."""
    assert all(isinstance(call.arguments["crate_id"], UUID) for call in calls)
    return [
        Moved(
            crate_id=call.arguments["crate_id"],
            crate_ids=[call.arguments["crate_id"]],
            receipt=call.arguments["receipt"],
        )
        for call in calls
    ]


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(Shelf, Crate, Bin)


def shown(api: Api, name: str) -> dict[str, str]:
    """The named types of the fields of a type of the schema."""
    found: Any = api.schema._schema.type_map[name]
    return {field: named(value.type).name for field, value in found.fields.items()}


def named(kind: Any) -> GraphQLNamedType:
    """The type within lists and non-nulls."""
    found: GraphQLNamedType = get_named_type(kind)
    return found


def test_keys_and_what_holds_them_are_ids_and_other_uuids_are_not(api: Api) -> None:
    crate = {"id": "ID", "shelfId": "ID", "crateId": "ID", "seal": "UUID", "shelf": "Shelf"}
    assert shown(api, "Crate") == crate
    assert shown(api, "Shelf")["id"] == "ID"
    assert shown(api, "Bin") == {"id": "ID", "number": "BigInt", "label": "String"}
    assert shown(api, "Moved") == {"crateId": "ID", "crateIds": "ID", "receipt": "UUID"}
    assert shown(api, "PackCrateInput") == {"shelfId": "ID", "seal": "UUID", "crateId": "ID"}
    # A number that no link tells of is a number.
    assert shown(api, "MoveCrateInput") == {"crateId": "ID", "shelfId": "BigInt", "receipt": "UUID"}
    assert shown(api, "CrateFilter")["shelfId"] == "IDCondition"
    assert shown(api, "CrateFilter")["seal"] == "UUIDCondition"


def test_whatever_has_a_type_of_records_and_an_id_has_it_as_an_id(api: Api) -> None:
    types = api.schema._schema.type_map.values()
    fields = [kind.fields["id"].type for kind in types if isinstance(kind, GraphQLObjectType) and "id" in kind.fields]
    roots = [kind for kind in types if isinstance(kind, GraphQLObjectType)]
    arguments = [field.args["id"].type for kind in roots for field in kind.fields.values() if "id" in field.args]
    assert {named(kind) for kind in (*fields, *arguments)} == {GraphQLID}
    assert len(fields) > len(("Shelf", "Crate", "Bin"))
    assert arguments


async def test_a_key_that_is_a_number_is_a_text_in_both_directions(api: Api) -> None:
    shelf = await api.session.create(Shelf.build, {"label": "a"})
    pack = "mutation($shelf: ID) { packCrate(input: {shelfId: $shelf}) { crate { id shelfId shelf { id } } } }"
    crates = [(await api.ask(pack, shelf=key))["packCrate"]["crate"] for key in (str(shelf.id), shelf.id)]
    assert [(crate["shelfId"], crate["shelf"]["id"]) for crate in crates] == [(str(shelf.id), str(shelf.id))] * 2
    document = """query($id: ID!, $none: ID!) {
        shelf(id: $id) { id crates(filter: {shelfId: {in: [$id]}}) { id } }
        has: crates(filter: {shelfId: {eq: $id}}) { totalCount }
        not: crates(filter: {shelfId: {ne: $id}}) { totalCount }
        none: crates(filter: {shelfId: {eq: $none}}) { totalCount } }"""
    data = await api.ask(document, id=str(shelf.id), none="77")
    assert data["shelf"] == {"id": str(shelf.id), "crates": [{"id": crate["id"]} for crate in crates]}
    assert [data[name]["totalCount"] for name in ("has", "not", "none")] == [2, 0, 0]


@pytest.mark.parametrize("value", ["nonsense", "1_0", " 7", "5.5"])
async def test_a_key_that_is_no_number_is_told_as_rest_tells_it(api: Api, value: str) -> None:
    said = await api.refused("query($id: ID!) { shelf(id: $id) { id } }", id=value)
    assert (said["code"].split("_")[0], said["path"]) == ("int", ["id"])
    told = await api.ask("mutation($id: ID) { packCrate(input: {shelfId: $id}) { errors { code path } } }", id=value)
    assert [(e["code"].split("_")[0], e["path"]) for e in told["packCrate"]["errors"]] == [("int", ["shelfId"])]


async def test_a_record_whose_key_has_a_name_of_its_own_has_an_id_too(api: Api) -> None:
    made = await api.session.create(Bin.add, {"label": "a"})
    key = str(made.number)
    assert await api.ask("query($id: ID!) { bin(id: $id) { id label } }", id=key) == {"bin": {"id": key, "label": "a"}}


async def test_a_result_names_records_by_their_ids(api: Api) -> None:
    crate, receipt = "019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"
    document = """mutation($id: ID!, $receipt: UUID!) {
        moveCrate(input: {crateId: $id, shelfId: 1, receipt: $receipt}) {
            result { crateId crateIds receipt } errors { code } } }"""
    data = await api.ask(document, id=crate, receipt=receipt)
    assert data["moveCrate"] == {"result": {"crateId": crate, "crateIds": [crate], "receipt": receipt}, "errors": []}
