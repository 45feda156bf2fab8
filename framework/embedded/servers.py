"""The two servers everything runs on: those named in the settings, else private ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from framework.embedded.link import linked
from framework.embedded.server import Durability
from framework.settings import Settings


@dataclass(frozen=True, slots=True)
class Servers:
    """Where PostgreSQL and Redis answer: `postgresql://…` and `redis://…` or `unix://…`."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@asynccontextmanager
async def servers(settings: Settings, *, durability: Durability = Durability.DURABLE) -> AsyncIterator[Servers]:
    """The servers for as long as this is open: an address that the settings give is used, a missing one is started.

    Processes with the same data folder share the private servers; the last one to leave stops them.
    """
    given = {"postgres": settings.database_url, "redis": settings.redis_url}
    wanted = [name for name, url in given.items() if url is None]
    known = {name: url for name, url in given.items() if url is not None}
    if not wanted:
        yield Servers(known["postgres"], known["redis"])
        return
    async with linked(settings.data_dir, wanted, durability) as started:
        addresses = {**known, **started}
        yield Servers(addresses["postgres"], addresses["redis"])
