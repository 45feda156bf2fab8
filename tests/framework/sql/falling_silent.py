"""A PostgreSQL that falls silent and closes nothing, as a machine does that has gone: a proxy before the real one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import sqlalchemy as sa


@dataclass(slots=True)
class FallingSilent:
    """Passes on what it is sent, unless it is silent: then nobody gets anything, and whoever connects hears nothing."""

    real: sa.URL
    url: str = ""
    silent: bool = False
    connections: int = 0
    swallowed: int = 0
    _server: asyncio.Server | None = None
    _clients: list[asyncio.StreamWriter] = field(default_factory=list)
    _serving: list[asyncio.Task[None]] = field(default_factory=list)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._begun, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        here = self.real.set(host="127.0.0.1", port=port, query={})
        self.url = here.render_as_string(hide_password=False)

    async def close(self) -> None:
        """Hangs up on whoever is there."""
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        for writer in self._clients:
            writer.transport.abort()

    def _begun(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._clients.append(writer)
        self._serving.append(asyncio.ensure_future(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await self._upstream()
        try:
            await asyncio.gather(self._passed(reader, server), self._passed(answers, writer))
        finally:
            writer.transport.abort()
            server.transport.abort()

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder, port = self.real.query.get("host"), self.real.port or 5432
        if folder is not None:
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self.real.query.get('port', port)}")
        return await asyncio.open_connection(self.real.host, port)

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What was said while it was silent stays unsaid."""
        while said := await reader.read(65536):
            if self.silent:
                self.swallowed += len(said)
            else:
                writer.write(said)
        if not self.silent:
            writer.close()


@contextlib.asynccontextmanager
async def falling_silent(url: str) -> AsyncIterator[FallingSilent]:
    """The server, until it is closed."""
    server = FallingSilent(sa.make_url(url))
    await server.open()
    try:
        yield server
    finally:
        await server.close()
