"""Bench `migrations`: how long a write waits while a required column comes to 1,000,000 records, and by ALTER TABLE."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.sql.migrations.migrations import Migrations
from tests.benchmarks.figure import Figure, Peer, rounded
from tests.benchmarks.installation import Installation

ROWS = 1_000_000
TARGET_MS = 100.0
TARGET = "a write waits ≤ 100 ms at a time"
PEER = "ALTER TABLE … ADD COLUMN … DEFAULT gen_random_uuid()"
NAME = "bench_migrations"


class Item(Resource):
    """What is there."""

    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()


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
        waits: dict[str, Sequence[float]] = {}
        body: dict[str, Any] = {"__annotations__": {}}
        for name, (kind, said) in COLUMNS.items():
            body = {**body, "__annotations__": {**body["__annotations__"], name: kind}, name: said()}
            grown = type("Item", (Item,), {"__module__": __name__, **body})
            waits[name] = await _watched(url, partial(_migrated, grown, url, Path(folder)))
        theirs = await _watched(url, partial(asyncio.to_thread, _alter, url))
    return [_figure(name, took, theirs) for name, took in waits.items()]


def _figure(name: str, took: Sequence[float], theirs: Sequence[float]) -> Figure:
    details = {"rows": ROWS, "writes": len(took), "median_ms": rounded(statistics.median(took))}
    figure = Figure(f"migrate_{name}", [max(took)], Peer(PEER, [max(theirs)]), "ms", details=details)
    return figure.aiming(TARGET, met=max(took) <= TARGET_MS)


async def _migrated(resource: type[Resource], url: str, folder: Path) -> None:
    steps = Migrations(compile_domain(Domain("bench", [resource])), url, {"bench": folder})
    await steps.revision("bench")
    await steps.upgrade()


async def _watched(url: str, work: Any) -> Sequence[float]:
    """What each write took, in milliseconds, of one who writes all the while."""
    took: list[float] = []
    over = threading.Event()
    writer = threading.Thread(target=_write, args=(url, took, over))
    writer.start()
    try:
        await work()
    finally:
        over.set()
        await asyncio.to_thread(writer.join)
    return took


def _write(url: str, took: list[float], over: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        keys = [row[0] for row in connection.execute("SELECT id FROM items TABLESAMPLE SYSTEM (1) LIMIT 5000")]
        while not over.is_set():
            key, began = random.choice(keys), time.perf_counter()
            connection.execute("UPDATE items SET net = net + 1 WHERE id = %s", (key,))
            took.append((time.perf_counter() - began) * 1000)


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
