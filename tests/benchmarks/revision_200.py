"""Bench `revision_200`: a step for one new field among 200 resources, and Alembic's comparison of the same tables."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, identity
from framework.spec.domain import DomainSpec
from framework.sql.engine import address
from framework.sql.migrations.metadata import metadata_of
from framework.sql.migrations.migrations import Migrations
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation

RESOURCES, RUNS, TARGET_S = 200, 3, 3.0
NAME = "bench_revision"


def declared(*, grown: bool) -> DomainSpec:
    """The resources, each with ten columns, an identity and checks; one of them has a field more."""
    return compile_domain(Domain("bench", [_resource(number, grown and number == 0) for number in range(RESOURCES)]))


def _resource(number: int, grown: object) -> type[Resource]:
    texts = {f"text_{each}": attribute(max_length=40) for each in range(5)}
    numbers = {f"number_{each}": attribute(ge=0) for each in range(4 + bool(grown))}
    kinds = {"id": Attr[UUID], **dict.fromkeys(texts, Attr[str]), **dict.fromkeys(numbers, Attr[int | None])}
    rules = {"once": identity(texts["text_0"]), "some": check(numbers["number_0"] < 1000)}
    body = {"__module__": __name__, "__annotations__": kinds, "id": primary_key(), **texts, **numbers, **rules}
    return type(f"Thing{chr(97 + number // 26)}{chr(97 + number % 26)}", (Resource,), body)


async def revision_200(place: Installation) -> Sequence[Figure]:
    """Seconds, in alternating runs."""
    base = str(place.settings.database_url)
    url = urlunsplit(urlsplit(base)._replace(path=f"/{NAME}"))
    _administer(base, f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME}")
    ours, theirs = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="dspex-bench-") as folder:
        first = Migrations(declared(grown=False), url, {"bench": Path(folder)})
        await first.revision("begin")
        await first.upgrade()
        grown = Migrations(declared(grown=True), url, {"bench": Path(folder)})
        for _ in range(RUNS):
            begun = time.perf_counter()
            await grown.revision("more")
            ours.append(time.perf_counter() - begun)
            _forget(Path(folder))
            begun = time.perf_counter()
            await asyncio.to_thread(_compared, grown)
            theirs.append(time.perf_counter() - begun)
    _administer(base, f"DROP DATABASE {NAME} WITH (FORCE)")
    figure = Figure("revision_200", ours, Peer("Alembic compare_metadata", theirs), "s")
    return [figure.aiming("≤ 3 s", met=figure.value <= TARGET_S)]


def _forget(folder: Path) -> None:
    """Removes the step that was written, so that it can be written again."""
    for written in folder.glob("*_more.py"):
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
