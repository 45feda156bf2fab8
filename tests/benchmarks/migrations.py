"""Bench `migrations`: how long a write waits while a required column comes to 1,000,000 records, and by ALTER TABLE.

The figure is the UPDATE of a writer, which is what a lock holds up. Its COMMIT waits for the disk, as it does whoever
else writes: that stands beside it, and so does the longest statement of the step's, which no record is locked longer
than.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from psycopg import sql

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.sql.migrations.migrations import Migrations
from tests.benchmarks.figure import Figure, Peer, rounded
from tests.benchmarks.installation import Installation

ROWS = 1_000_000
TARGET_MS = 100.0
TARGET = "a write is locked out ≤ 100 ms at a time"
PEER = "ALTER TABLE … ADD COLUMN … DEFAULT gen_random_uuid()"
NAME = "bench_migrations"


class Item(Resource):
    """What is there."""

    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()


@dataclass(slots=True)
class Waits:
    """Milliseconds that each UPDATE and each COMMIT of a writer took, and the statements that filled meanwhile."""

    updates: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    fills: list[float] = field(default_factory=list)


# One after the other: each step adds the next column to those before.
COLUMNS: dict[str, tuple[Any, Any]] = {
    "constant": (Attr[str], lambda: attribute(default="new")),
    "uuid": (Attr[UUID], lambda: attribute(default_factory=uuid4)),
    "backfill": (Attr[int], lambda: attribute(backfill=Item.net * 2)),
}


async def migrations(place: Installation) -> Sequence[Figure]:
    """The longest wait of one write during each step, in milliseconds."""
    with (
        tempfile.TemporaryDirectory(prefix="dspex-bench-") as folder,
        _database(str(place.settings.database_url)) as url,
    ):
        await _migrated(Item, url, Path(folder))
        await asyncio.to_thread(_fill, url)
        waits: dict[str, Waits] = {}
        body: dict[str, Any] = {"__annotations__": {}}
        for name, (kind, said) in COLUMNS.items():
            body = {**body, "__annotations__": {**body["__annotations__"], name: kind}, name: said()}
            grown = type("Item", (Item,), {"__module__": __name__, **body})
            waits[name] = await _watched(url, partial(_migrated, grown, url, Path(folder)))
        theirs = await _watched(url, partial(asyncio.to_thread, _alter, url))
    return [_figure(name, took, theirs) for name, took in waits.items()]


def _figure(name: str, took: Waits, theirs: Waits) -> Figure:
    details = {
        "rows": ROWS,
        "writes": len(took.updates),
        "median_ms": rounded(statistics.median(took.updates)),
        "longest_commit_ms": rounded(max(took.commits)),
        "longest_fill_ms": rounded(max(took.fills, default=0.0)),
    }
    figure = Figure(f"migrate_{name}", [max(took.updates)], Peer(PEER, [max(theirs.updates)]), "ms", details=details)
    return figure.aiming(TARGET, met=max(took.updates) <= TARGET_MS)


async def _migrated(resource: type[Resource], url: str, folder: Path) -> None:
    steps = Migrations(compile_domain(Domain("bench", [resource])), url, {"bench": folder})
    await steps.revision("bench")
    await steps.upgrade()


async def _watched(url: str, work: Any) -> Waits:
    """What each write took of one who writes all the while."""
    took, begun, over = Waits(), threading.Event(), threading.Event()
    writer = threading.Thread(target=_write, args=(url, took, begun, over))
    writer.start()
    try:
        await asyncio.to_thread(begun.wait)
        with _filling(took.fills):
            await work()
    finally:
        over.set()
        await asyncio.to_thread(writer.join)
    return took


@contextmanager
def _filling(took: list[float]) -> Iterator[None]:
    """Milliseconds of each UPDATE of a step in this process that wrote something."""
    began: list[float] = []

    def before(*_: Any) -> None:
        began.append(time.perf_counter())

    def after(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if statement.startswith("UPDATE items") and cursor.rowcount:
            took.append((time.perf_counter() - began[-1]) * 1000)

    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    sa.event.listen(sa.Engine, "after_cursor_execute", after)
    yield
    sa.event.remove(sa.Engine, "before_cursor_execute", before)
    sa.event.remove(sa.Engine, "after_cursor_execute", after)


def _write(url: str, took: Waits, begun: threading.Event, over: threading.Event) -> None:
    with psycopg.connect(url) as connection:
        keys = [row[0] for row in connection.execute("SELECT id FROM items TABLESAMPLE SYSTEM (1) LIMIT 5000")]
        connection.commit()
        while not over.is_set():
            key, began = random.choice(keys), time.perf_counter()
            connection.execute("UPDATE items SET net = net + 1 WHERE id = %s", (key,))
            written = time.perf_counter()
            connection.commit()
            took.updates.append((written - began) * 1000)
            took.commits.append((time.perf_counter() - written) * 1000)
            begun.set()


def _fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO items SELECT gen_random_uuid(), n FROM generate_series(1, %s) n", (ROWS,))
        connection.execute("VACUUM ANALYZE items")


def _alter(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE items ADD COLUMN peer uuid NOT NULL DEFAULT gen_random_uuid()")


@contextmanager
def _database(url: str) -> Iterator[str]:
    """A database beside the one that the other benches use."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        yield urlunsplit(urlsplit(url)._replace(path=f"/{NAME}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))
