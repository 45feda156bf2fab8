"""A stage: the domain served by all doors, on which a play is given in one world and then in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request as Call
from framework.actions.session import Session
from framework.context import Actor, Context
from framework.data.protocols import Layer
from framework.data.selection import Selection
from framework.errors import Failure
from framework.events.changes import ChangesOf, open_changes
from framework.events.doorbell import LocalDoorbell
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.notifier import EventNotifier
from framework.events.reading import Stream
from framework.expr.nodes import TRUE
from framework.graphql.context import GraphqlContext
from framework.graphql.limits import QueryLimits
from framework.graphql.schema import graphql_schema
from framework.graphql.serving.endpoint import answer
from framework.rest.installation import install
from framework.rest.router import rest_router
from framework.spec.domain import DomainSpec
from framework.sql.layer import SqlLayer
from framework.sql.watch import watched
from tests.secrecy.asking import Asked, Done, Got, Happening, Heard, Listed, Listening, May, Together
from tests.secrecy.conditions import ME, Row, Rows
from tests.secrecy.doors import Answer, Door, RestDoor, SessionDoor, plain
from tests.secrecy.graphql_door import GraphqlDoor
from tests.secrecy.library import GIVEN, KEYS, RESOURCES
from tests.secrecy.oracle import Move, Oracle, View
from tests.secrecy.worlds import END, NAMED, THE_END

LIMITS = QueryLimits(depth=40, aliases=400, cost=10**12, filter_cost=10**6)
NOTHING = Answer(True, None)
LONG = 60.0


@dataclass(frozen=True)
class Act:
    """What came of a step: the answer, the statements that it took, and what the world is to the actor since."""

    asked: Asked
    answer: Answer
    statements: tuple[str, ...]
    view: View


@dataclass
class Hold:
    """Whose session the doors lead to, at the moment."""

    session: Any = None
    feed: Any = None


@dataclass(frozen=True)
class Stage:
    """A domain behind its doors."""

    domain: DomainSpec
    http: httpx.AsyncClient
    hold: Hold

    async def play(self, layer: Layer, rows: Rows, oracle: Oracle, asked: Sequence[Asked], *, world: str) -> list[Act]:
        """The acts of a play in one world."""
        KEYS.begin()
        await _filled(layer, self.domain, rows)
        log = Log(self.domain, layer, LocalDoorbell())
        feed = Feed(log)
        engine = Engine(self.domain, layer, EventNotifier(log), {Log: log})
        playing = Playing(self, engine, feed, oracle, world)
        try:
            return [await playing.act(each) for each in asked]
        finally:
            for stream in playing.streams.values():
                await stream.items.aclose()
            await feed.close()


@asynccontextmanager
async def staged(domain: DomainSpec) -> AsyncIterator[Stage]:
    """The domain served; which layer and which session that leads to is said later."""
    hold, app, schema = Hold(), FastAPI(), graphql_schema(domain, LIMITS)
    app.include_router(rest_router(domain, lambda _: hold.session, filter_cost=LIMITS.filter_cost))
    install(app, domain, max_body_bytes=1_000_000)

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        return await answer(schema, request, GraphqlContext(hold.session, hold.feed))

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield Stage(domain, http, hold)


@dataclass
class Playing:
    """A play that goes on in a world."""

    stage: Stage
    engine: Engine
    feed: Feed
    oracle: Oracle
    world: str
    streams: dict[str, Stream[Any]] = field(default_factory=dict)
    view: View = field(default_factory=dict)
    there: set[UUID] = field(default_factory=set)
    gone: set[UUID] = field(default_factory=set)

    async def act(self, asked: Asked) -> Act:
        session = self.engine.session(Context(Actor("user", ME, self.oracle.facts)))
        self.stage.hold.session, self.stage.hold.feed = session, self.feed
        sent: list[str] = []
        layer = self.engine.layer
        with watched(layer, sent.append) if isinstance(layer, SqlLayer) else nullcontext():
            found = await self._answer(asked, session)
        if not self.view or isinstance(asked.step, Done | Together | Happening | Heard):
            rows = await _rows(layer, self.stage.domain)
            there = {key for of in rows.values() for key in of}
            self.gone, self.there = self.gone | (self.there - there), there
            self.view = self.oracle.view(rows)
        return Act(asked, found, () if self.streams else tuple(sent), self.view)

    async def _answer(self, asked: Asked, session: Session) -> Answer:
        stage = self.stage
        doors: Mapping[str, Door] = {
            "session": SessionDoor(session),
            "rest": RestDoor(stage.http, stage.domain),
            "graphql": GraphqlDoor(stage.http),
        }
        door = doors[asked.door]
        match asked.step:
            case Listed() as step:
                return await door.listed(step)
            case Got() as step:
                return await door.got(step)
            case Done() as step:
                return await door.done(step)
            case Together() as step:
                # The other doors have no call of many.
                return await SessionDoor(session).together(step)
            case May() as step:
                return await door.may(step)
            case Listening() as step:
                return await self._listen(step, session)
            case Heard():
                return Answer(True, {name: await self._heard(name) for name in sorted(self.streams)})
            case Happening(move, only, otherwise):
                if only in (None, self.world):
                    here = replace(move, values={**move.values, **otherwise}) if self.world == "right" else move
                    await self._happen(here, unnoticed=only is not None)
                return NOTHING

    async def _listen(self, step: Listening, session: Session) -> Answer:
        wanted = ChangesOf(self.stage.domain.resources[step.resource], Query().selecting("id", *GIVEN[step.resource]))
        try:
            self.streams.setdefault(step.resource, await open_changes(session, self.feed, wanted))
        except Failure as failure:
            return Answer(False, repr(failure))
        return NOTHING

    async def _heard(self, resource: str) -> Any:
        """What the stream tells until it has told of the record that was changed last of all."""
        given = {NAMED[resource]: THE_END}
        await self._system().perform(self.stage.domain.action(resource, "edit"), [Call(given, END[resource])])
        told: list[Any] = []
        async with asyncio.timeout(LONG):
            while True:
                change = await anext(self.streams[resource].items)
                if change.entry.target_id == str(END[resource]):
                    return told
                shown = None if change.record is None else dict(change.record.loaded())
                told.append(plain([change.entry.type, change.entry.target_id, change.entry.data, shown]))

    async def _happen(self, move: Move, *, unnoticed: bool) -> None:
        """Somebody else's doing, of which nobody is to learn anything if it is to go unnoticed."""
        rows = await _rows(self.engine.layer, self.stage.domain)
        after = move.made_in(rows)
        # A change that changes nothing is one to whoever hears of it.
        again = (
            move.kind == "edit" and move.key in rows[move.resource] and not any("_id" in name for name in move.values)
        )
        if after == rows and not again:
            return
        if unnoticed and not (
            self.oracle.view(after) == self.oracle.view(rows)
            and self.oracle.hides(rows, move.resource, move.key)
            and self.oracle.hides(after, move.resource, move.key)
        ):
            return
        action = self.stage.domain.action(move.resource, move.kind)
        given = {name: value for name, value in move.values.items() if name != "id"}
        if move.kind == "make":
            # A key is given once: what was done to another record of it would be told of this one.
            if move.key in self.gone:
                return
            # Keys of what others make are nobody's to count.
            async with self.engine.layer.transaction() as transaction:
                await transaction.insert(self.stage.domain.resources[move.resource], [{"id": move.key, **given}])
            return
        await self._system().perform(action, [Call(given, move.key)])

    def _system(self) -> Session:
        return self.engine.system("the play goes on elsewhere")


async def _rows(layer: Layer, domain: DomainSpec) -> dict[str, dict[UUID, Row]]:
    """Everything that is stored."""
    async with layer.snapshot_read() as reader:
        found: dict[str, dict[UUID, Row]] = {}
        for resource in RESOURCES:
            spec = domain.resources[resource]
            read = await reader.read(Selection(spec, tuple(spec.attributes)))
            found[resource] = {row["id"]: dict(row) for row in read}
        return found


async def _filled(layer: Layer, domain: DomainSpec, rows: Rows) -> None:
    """The layer with these records, and no others."""
    async with layer.transaction() as transaction:
        for resource in reversed(RESOURCES):
            if isinstance(layer, SqlLayer):
                await transaction.delete(domain.resources[resource], TRUE)
        for resource in RESOURCES:
            kept: list[Mapping[str, Any]] = [*rows[resource].values()]
            if kept:
                await transaction.insert(domain.resources[resource], kept)
