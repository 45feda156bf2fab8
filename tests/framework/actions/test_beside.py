"""Many calls at once hold up nobody: each stage of theirs is worked on while the event loop answers others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
from pydantic import BaseModel, FieldSerializationInfo, field_serializer, field_validator

from framework.actions.beside import FEW, LIGHT, SHORT, beside, is_heavy
from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.log import Log
from framework.events.notifier import EventNotifier

MANY = FEW + 1
PATIENCE = 30.0


class Gate:
    """Work that comes through waits until the event loop has had a turn; on the loop it would wait in vain."""

    def __init__(self) -> None:
        self._asked, self._open = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        """Waits for the loop, the first time."""
        self._asked.set()
        on_the_loop = threading.current_thread() is threading.main_thread()
        assert self._open.wait(0.0 if on_the_loop else PATIENCE), "the event loop is held up"

    async def tend(self) -> None:
        """Opens it once somebody waits; runs on the loop."""
        while not self._asked.is_set():  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0)
        self._open.set()


GATES = {name: Gate() for name in ("read", "default", "step", "event")}


class Load(BaseModel):
    """A value that is read and written by code of somebody's own."""

    weight: int

    @field_validator("weight")
    @classmethod
    def _read(cls, weight: int) -> int:
        GATES["read"].pass_through()
        return weight

    @field_serializer("weight")
    def _written(self, weight: int, info: FieldSerializationInfo) -> int:
        if info.context is None:  # for the event; what is stored is written with one
            GATES["event"].pass_through()
        return weight


def label() -> str:
    """A default that takes a while."""
    GATES["default"].pass_through()
    return "fragile"


@dataclass(frozen=True, slots=True)
class Weigh(Change):
    """Looks at all of them."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """As they are."""
        GATES["step"].pass_through()
        return changesets


class Crate(Resource):
    """Something loaded."""

    id: Attr[UUID] = primary_key()
    load: Attr[Load] = attribute()
    label: Attr[str] = attribute(default_factory=label)

    browse = Read()
    pack = Create(accept=[load], steps=[Weigh()])


async def test_each_stage_of_many_creates_leaves_the_event_loop_to_others() -> None:
    domain = compile_domain(Domain("crates", [Crate], [EVENTS]))
    layer = MemoryLayer(domain)
    log = Log(domain, layer, LocalDoorbell())
    session = Engine(domain, layer, EventNotifier(log), {Log: log}).session()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as others:
        for gate in GATES.values():
            others.create_task(gate.tend())
        made = await session.create_all(Crate.pack, [{"load": {"weight": number}} for number in range(MANY)])
    assert [crate.load.weight for crate in made] == list(range(MANY))


@pytest.mark.parametrize(("number", "elsewhere"), [(FEW, False), (MANY, True)])
async def test_only_many_are_given_to_a_thread(number: int, *, elsewhere: bool) -> None:
    assert (await beside(range(number), threading.get_ident) != threading.get_ident()) is elsewhere


@pytest.mark.parametrize(
    ("value", "heavy"),
    [
        (None, False),
        ({"a": [1, "b", {"c": None}]}, False),
        ([1] * LIGHT, True),
        ([{"a": 1}] * (LIGHT // 2), True),
        ("x" * SHORT, True),
        (["x" * (SHORT // 2)] * 2, True),
        (["x" * (SHORT // 3)] * 2, False),
    ],
)
async def test_one_call_with_something_heavy_is_given_to_a_thread_too(value: object, *, heavy: bool) -> None:
    assert is_heavy(value) is heavy
    assert (await beside([1], threading.get_ident, weighed=value) != threading.get_ident()) is heavy
