"""A stage: the domain served by all doors, on which a play is given in one world and then in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from framework.actions.engine import Engine
from framework.actions.request import Request as Call
from framework.actions.session import Session
from framework.context import Actor, Context
from framework.data.protocols import Layer
from framework.data.selection import Selection
from framework.errors import Failure
from framework.events.doorbell import LocalDoorbell
from framework.events.feed import Feed
from framework.events.log import Log
from framework.events.notifier import EventNotifier
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
from tests.secrecy.conditions import HERE, ME, Row, Rows
from tests.secrecy.doors import Answer, Door, RestDoor, SessionDoor
from tests.secrecy.graphql_door import GraphqlDoor
from tests.secrecy.library import KEYS, RESOURCES
from tests.secrecy.oracle import Move, Oracle, View
from tests.secrecy.steps import Asked, Done, Got, Happening, Heard, Listed, Listening, May, Together
from tests.secrecy.streams import Hearing, NotOpened, Opening
from tests.secrecy.worlds import END, NAMED, THE_END

LIMITS = QueryLimits(depth=40, aliases=400, cost=10**12, filter_cost=10**6)
# How the connection stood was left by whoever had it last, and is set anew if it was otherwise.
STANDS = "SELECT set_config('role'"
NOTHING = Answer(True, None)
LONG = 60.0
WRITES = (Done, Together, Happening)


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
class HeldFeed:
    """The feed of the play that is given at the moment, for a router that outlives it."""

    hold: Hold

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hold.feed, name)


@dataclass
class Streaming:
    """A stream that was opened, whose changes it tells, and what it has told since that was asked for last.

    `behind` is how often the record that is shown to everybody was changed without its having told so. One that is sent
    tells of a change as soon as there is one; a session's when it is asked.
    """

    door: str
    resource: str
    hearing: Hearing
    behind: int = 0
    told: list[str] = field(default_factory=list)

    async def catch_up(self) -> None:
        """Hears all that there is to be told."""
        while self.behind:
            heard = await self.hearing.next()
            if heard.key == str(END[self.resource]):
                self.behind -= 1
                continue
            self.told.append(heard.text)
            assert not heard.over, self.told

    def asked(self) -> Sequence[str]:
        """What it has told, which is not told again."""
        told, self.told = self.told, []
        return told


@dataclass(frozen=True)
class Stage:
    """A domain behind its doors."""

    domain: DomainSpec
    app: FastAPI
    http: httpx.AsyncClient
    hold: Hold

    async def play(self, layer: Layer, rows: Rows, oracle: Oracle, asked: Sequence[Asked], *, world: str) -> list[Act]:
        """The acts of a play in one world."""
        KEYS.begin()
        await _filled(layer, self.domain, rows)
        log = Log(self.domain, layer, LocalDoorbell())
        feed = Feed(log)
        engine = Engine(self.domain, layer, EventNotifier(log), {Log: log})
        async with AsyncExitStack() as closing:
            closing.push_async_callback(feed.close)
            playing = Playing(self, engine, feed, oracle, world, closing)
            return [await playing.act(each) for each in asked]


@asynccontextmanager
async def staged(domain: DomainSpec) -> AsyncIterator[Stage]:
    """The domain served; which layer and which session that leads to is said later."""
    hold, app, schema = Hold(), FastAPI(), graphql_schema(domain, LIMITS)
    feed = cast(Feed, HeldFeed(hold))
    app.include_router(rest_router(domain, lambda _: hold.session, feed=feed, filter_cost=LIMITS.filter_cost))
    install(app, domain, max_body_bytes=1_000_000)

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        return await answer(schema, request, GraphqlContext(hold.session, hold.feed))

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield Stage(domain, app, http, hold)


@dataclass
class Playing:
    """A play that goes on in a world."""

    stage: Stage
    engine: Engine
    feed: Feed
    oracle: Oracle
    world: str
    closing: AsyncExitStack
    streams: list[Streaming] = field(default_factory=list)
    view: View = field(default_factory=dict)
    there: set[UUID] = field(default_factory=set)
    gone: set[UUID] = field(default_factory=set)

    async def act(self, asked: Asked) -> Act:
        tenant = HERE if self.stage.domain.tenanted else None
        session = self.engine.session(Context(Actor("user", ME, self.oracle.facts), tenant=tenant))
        self.stage.hold.session, self.stage.hold.feed = session, self.feed
        sent: list[str] = []
        layer = self.engine.layer
        with watched(layer, sent.append) if isinstance(layer, SqlLayer) else nullcontext():
            found = await self._answer(asked, session)
        if isinstance(asked.step, WRITES):
            await self._catch_up([each for each in self.streams if each.door != "session"])
        if not self.view or isinstance(asked.step, (*WRITES, Heard)):
            rows = await _rows(layer, self.stage.domain)
            there = {key for of in rows.values() for key in of}
            self.gone, self.there = self.gone | (self.there - there), there
            self.view = self.oracle.view(rows)
        told = () if self.streams else tuple(each for each in sent if not each.startswith(STANDS))
        return Act(asked, found, told, self.view)

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
                # Behind the other doors are ways of their own to ask for many, which are not drawn.
                return await SessionDoor(session).together(step)
            case May() as step:
                return await door.may(step)
            case Listening() as step:
                return await self._listen(asked.door, step, session)
            case Heard():
                await self._catch_up(self.streams)
                return Answer(True, [(each.door, each.asked()) for each in self.streams])
            case Happening(move, only, otherwise):
                if only in (None, self.world):
                    here = replace(move, values={**move.values, **otherwise}) if self.world == "right" else move
                    await self._happen(here, unnoticed=only is not None)
                return NOTHING

    async def _listen(self, door: str, step: Listening, session: Session) -> Answer:
        opening = Opening(session, self.feed, self.stage.app, self.closing)
        try:
            self.streams.append(Streaming(door, step.resource, await opening.open(door, step)))
        except Failure as failure:
            return Answer(False, repr(failure))
        except NotOpened as refused:
            return refused.answer
        return NOTHING

    async def _catch_up(self, streams: Sequence[Streaming]) -> None:
        """Has each of them tell everything, up to a change that everybody is told of."""
        for resource in sorted({each.resource for each in streams}):
            edit = self.stage.domain.action(resource, "edit")
            await self._system().perform(edit, [Call({NAMED[resource]: THE_END}, END[resource])])
            for each in self.streams:
                each.behind += each.resource == resource
        async with asyncio.timeout(LONG):
            for each in streams:
                await each.catch_up()

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
