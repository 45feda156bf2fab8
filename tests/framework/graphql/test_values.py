"""Values of every shape, in and out again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, RootModel

from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from tests.framework.graphql.conftest import Api, Serve


class Size(Enum):
    """How big."""

    SMALL = 1
    LARGE = 2


class Level(IntEnum):
    """How high."""

    LOW = 10


class Part(BaseModel):
    """A part, of parts."""

    name: str
    size: Size = Size.SMALL
    made_of: list[Part] = []
    weight: Annotated[Decimal, Field(ge=0)] | None = None
    either: int | str = 0
    when: datetime | None = None


class Names(RootModel[list[str]]):
    """Just names."""


class Nothing(BaseModel):
    """Holds nothing."""


class Thing(Resource):
    """Of every shape."""

    id: Attr[UUID] = primary_key()
    size: Attr[Size] = attribute(default=Size.SMALL)
    level: Attr[Annotated[Level, Field(description="high")] | None] = attribute(default=None)
    sizes: Attr[list[Size]] = attribute(default_factory=list)
    words: Attr[list[Literal["a b", "1", "a-b"]]] = attribute(default_factory=list)
    mark: Attr[Literal[1, 2] | None] = attribute(default=None)
    part: Attr[Part | None] = attribute(default=None)
    parts: Attr[list[Part]] = attribute(default_factory=list)
    by_name: Attr[dict[str, Decimal]] = attribute(default_factory=dict)
    names: Attr[Names | None] = attribute(default=None)
    nothing: Attr[Nothing | None] = attribute(default=None)
    days: Attr[list[date | None]] = attribute(default_factory=list)
    lasting: Attr[list[timedelta]] = attribute(default_factory=list)

    browse = Read()
    make = Create(accept=[size, level, sizes, words, mark, part, parts, by_name, names, nothing, days, lasting])


MAKE = """mutation($input: MakeThingInput) { makeThing(input: $input) {
    thing { size level sizes words mark part { name size madeOf { name madeOf { name } } weight either when }
            parts { name size } byName names nothing days lasting }
    errors { code path message } } }"""


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(Thing)


async def test_what_goes_in_comes_out(api: Api) -> None:
    given: dict[str, Any] = {
        "size": "LARGE",
        "level": "LOW",
        "sizes": ["SMALL", "LARGE"],
        "words": ["A_B_U2D", "_1", "A_B_U20"],
        "mark": "_2",
        "part": {
            "name": "door",
            "size": "LARGE",
            "madeOf": [{"name": "knob", "madeOf": [{"name": "screw"}]}],
            "weight": "1.5",
            "either": "x",
            "when": "2026-01-01T00:00:00Z",
        },
        "parts": [{"name": "roof", "size": "SMALL"}],
        "byName": {"a": "1.5"},
        "names": ["x", "y"],
        "nothing": {},
        "days": ["2026-01-01", None],
        "lasting": ["PT2S"],
    }
    payload = (await api.ask(MAKE, input=given))["makeThing"]
    assert payload["errors"] == []
    thing = payload["thing"]
    assert thing["part"].pop("madeOf") == [{"name": "knob", "madeOf": [{"name": "screw"}]}]
    given["part"].pop("madeOf")
    assert thing == given


async def test_what_is_stored_is_typed(api: Api) -> None:
    given = {
        "words": ["A_B_U2D"],
        "mark": "_1",
        "part": {"name": "a", "when": "2026-01-01T00:00:00Z"},
        "sizes": ["LARGE"],
    }
    await api.ask(MAKE, input=given)
    (thing,) = await api.session.read(Thing.browse)
    assert thing.words == ["a-b"]
    assert thing.mark == 1
    assert thing.sizes == [Size.LARGE]
    assert thing.part == Part(name="a", when=datetime(2026, 1, 1, tzinfo=UTC))


async def test_defaults_are_given_too(api: Api) -> None:
    thing = (await api.ask(MAKE))["makeThing"]["thing"]
    assert thing["size"] == "SMALL"
    assert [name for name, value in thing.items() if value is None] == ["level", "mark", "part", "names", "nothing"]


async def test_what_is_wrong_inside_is_told_by_its_path(api: Api) -> None:
    given = {"part": {"name": "a", "madeOf": [{"name": "b", "weight": "-1"}]}}
    payload = (await api.ask(MAKE, input=given))["makeThing"]
    assert [error["path"] for error in payload["errors"]] == [["part", "madeOf", "0", "weight"]]


@pytest.mark.parametrize(
    "condition",
    ["size: {eq: LARGE}", "level: {in: [LOW]}", "mark: {ne: _1}", 'names: {eq: ["x"]}', "parts: {isNull: false}"],
)
async def test_a_choice_is_filtered_by_its_name(api: Api, condition: str) -> None:
    await api.ask(MAKE, input={"size": "LARGE", "level": "LOW", "mark": "_2", "names": ["x"]})
    await api.ask(MAKE, input={"mark": "_1", "names": ["z"]})
    data = await api.ask(f"{{ things(filter: {{{condition}}}) {{ totalCount }} }}")
    assert data["things"]["totalCount"] == (2 if "isNull" in condition else 1)
