"""Bench `revision_200`: steps for a shop of 200 resources, the first and a change, beside Alembic's own comparison."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Awaitable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.spec.domain import DomainSpec
from framework.sql.engine import address
from framework.sql.migrations.metadata import metadata_of
from framework.sql.migrations.migrations import Migrations
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation

RESOURCES, RUNS, TARGET_S = 200, 3, 3.0
NAME = "bench_revision"
Size = Literal["small", "middle", "large"]


class State(StrEnum):
    """Where a record stands."""

    DRAFT = "draft"
    OPEN = "open"
    DONE = "done"


def declared(*, grown: bool) -> DomainSpec:
    """The resources of a shop, with links, rules, indexes, enums and comments; one of them has a field more."""
    made = list[type[Resource]]()
    for number in range(RESOURCES):
        made.append(_resource(number, made, grown and number == 0))
    return compile_domain(Domain("bench", made, comments=True))


def _resource(number: int, before: Sequence[type[Resource]], grown: object) -> type[Resource]:
    """Eleven columns and up to two links to those before, two unique rules, two checks besides the limits, an index."""
    texts = {f"text_{each}": attribute(max_length=40, doc=f"What text {each} says.") for each in range(3)}
    numbers = {f"number_{each}": attribute(ge=0) for each in range(3 + bool(grown))}
    others: dict[str, Any] = {
        "state": attribute(default=State.DRAFT),
        "size": attribute(default="small"),
        "made": created_at(),
    }
    kinds: dict[str, Any] = {"id": Attr[UUID], **dict.fromkeys(texts, Attr[str])}
    kinds |= {**dict.fromkeys(numbers, Attr[int | None]), "state": Attr[State], "size": Attr[Size]}
    kinds |= {"made": Attr[dt.datetime], "open": Attr[bool]}
    links = {f"link_{each}": belongs_to() for each in range(min(number, 2))}
    kinds |= {name: One[before[number * 7 // (each + 8)]] for each, name in enumerate(links)}  # type: ignore[misc]  # known here
    rules = {
        "once": identity(texts["text_0"].lower()),
        "pair": identity(texts["text_1"], others["size"]),
        "some": check(numbers["number_0"] < 1000, message="too many"),
        "ordered": check(numbers["number_1"] <= numbers["number_2"], message="out of order"),
        "latest": index(others["made"].desc(), where=others["state"] == State.OPEN),
    }
    body = {"__module__": __name__, "__annotations__": kinds, "__doc__": f"Thing number {number}.", "id": primary_key()}
    body |= {"open": attribute(default=True), **texts, **numbers, **others, **links, **rules}
    return type(f"Thing{chr(97 + number // 26)}{chr(97 + number % 26)}", (Resource,), body)


async def revision_200(place: Installation) -> Sequence[Figure]:
    """Seconds, in alternating runs: the first step, a step for one change, and the look for drift."""
    base = str(place.settings.database_url)
    url = urlunsplit(urlsplit(base)._replace(path=f"/{NAME}"))
    _administer(base, f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME}")
    begun, grown, seen = list[float](), list[float](), list[float]()
    nothing, theirs = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="dspex-bench-") as folder:
        first = Migrations(declared(grown=False), url, {"bench": Path(folder)})
        for _ in range(RUNS):
            nothing.append(await _timed(asyncio.to_thread(_compared, first)))
            _forget(Path(folder), "begin")
            begun.append(await _timed(first.revision("begin")))
        await first.upgrade()
        later = Migrations(declared(grown=True), url, {"bench": Path(folder)})
        for _ in range(RUNS):
            grown.append(await _timed(later.revision("more")))
            _forget(Path(folder), "more")
            theirs.append(await _timed(asyncio.to_thread(_compared, later)))
            seen.append(await _timed(first.check()))
    _administer(base, f"DROP DATABASE {NAME} WITH (FORCE)")
    said = {"begin": (begun, nothing), "change": (grown, theirs), "check": (seen, theirs)}
    figures = [
        Figure(f"revision_200_{what}", ours, Peer("Alembic compare_metadata", peer), "s")
        for what, (ours, peer) in said.items()
    ]
    return [each.aiming(f"≤ {TARGET_S:g} s", met=each.value <= TARGET_S) for each in figures]


async def _timed(work: Awaitable[object]) -> float:
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


def _forget(folder: Path, step: str) -> None:
    """Removes the step that was written, so that it can be written again."""
    for written in folder.glob(f"*_{step}.py"):
        written.unlink()


def _compared(own: Migrations) -> None:
    """What Alembic alone does: no CHECKs, conditions of indexes or renames are compared, and no step is written."""
    engine = sa.create_engine(address(own.url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata_of(own.domain))


def _administer(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
