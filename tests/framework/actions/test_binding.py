"""Expressions of steps and defaults know who asks and with what arguments, and may be written as expressions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Actor, Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Create, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Conflict, Invalid
from framework.expr.build import actor, argument_value
from framework.sql.engine import create_tables, open_layer


@dataclass(frozen=True, slots=True)
class OwnOnly(Change):
    """Only for the owner of the note."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.guarded(Memo.owner == actor("id")) for c in changesets]


@dataclass(frozen=True, slots=True)
class Taken(Change):
    """Takes some of what is there, if there is enough."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        some = argument_value("some")
        return [c.guarded(Memo.left >= some).setting(left=Memo.left - some) for c in changesets]


class Memo(Resource):
    """A note of somebody."""

    id: Attr[UUID] = primary_key()
    owner: Attr[str | None] = attribute(default=actor("id"))
    left: Attr[int] = attribute(default=5)

    browse = Read()
    write = Create(accept=[left])
    claim = Update(steps=[OwnOnly()], accept=[left])
    take = Update(arguments={"some": argument(int)}, steps=[Taken()])


class Tiny(Resource):
    """A note whose owner has a short name."""

    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute(default=actor("id"), max_length=3)
    write = Create()


DOMAIN = compile_domain(Domain("memos", [Memo, Tiny]))


@pytest.fixture(params=["memory", "postgres"])
async def engine(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Engine]:
    if request.param == "memory":
        yield Engine(DOMAIN, MemoryLayer(DOMAIN))
        return
    async with open_layer(DOMAIN, fresh_database_url) as layer:
        await create_tables(layer)
        yield Engine(DOMAIN, layer)


def of(engine: Engine, name: str) -> Session:
    return engine.session(Context(actor=Actor("user", name)))


async def test_a_default_is_a_fact_about_who_asks(engine: Engine) -> None:
    one, two = await of(engine, "ann").create_all(Memo.write, [{}, {"left": 1}])
    assert (one.owner, two.owner) == ("ann", "ann")
    assert (await engine.session().create(Memo.write, {})).owner is None


async def test_no_fact_about_somebody_says_who_they_are(engine: Engine) -> None:
    posing = Context(actor=Actor("user", "eve", {"id": "ann", "kind": "key"}))
    assert (await engine.session(posing).create(Memo.write, {})).owner == "eve"


async def test_a_default_that_is_a_fact_has_to_satisfy_the_attribute(engine: Engine) -> None:
    assert (await of(engine, "bob").create(Tiny.write, {})).owner == "bob"
    with pytest.raises(Invalid) as caught:
        await of(engine, "somebody").create(Tiny.write, {})
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("string_too_long", ("owner",))]


async def test_a_guard_knows_who_asks(engine: Engine) -> None:
    memo = await of(engine, "ann").create(Memo.write, {})
    assert (await of(engine, "ann").update(Memo.claim, memo.id, {"left": 4})).left == 4
    with pytest.raises(Conflict, match=r"`Memo\.claim` does not apply to the record as it is now"):
        await of(engine, "bob").update(Memo.claim, memo.id, {"left": 3})


async def test_a_step_sets_and_guards_by_expressions_over_the_record_and_the_arguments(engine: Engine) -> None:
    memo = await of(engine, "ann").create(Memo.write, {})
    assert (await engine.session().update(Memo.take, memo.id, {"some": 4})).left == 1
    with pytest.raises(Conflict):
        await engine.session().update(Memo.take, memo.id, {"some": 4})
