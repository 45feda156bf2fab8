"""A session on this machine: of a command that needs no server that answers, only the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from framework.actions.session import Session
from framework.actions.verb import load_verb
from framework.cli.declared import declared
from framework.cli.processes import with_addresses
from framework.context import Context
from framework.declare.verbs import verb
from framework.embedded.servers import servers

# By name, so that the libraries of the database are loaded by the commands that need them.
ASSEMBLE = verb("framework.runtime.runtime:assemble")


@asynccontextmanager
async def local_session(context: Context) -> AsyncIterator[Session]:
    """A session of whoever can read this machine's files; its servers are started where none are given."""
    what = declared()
    loading = asyncio.create_task(asyncio.to_thread(load_verb, ASSEMBLE))
    async with servers(what.settings) as known:
        runtime = (await loading)(what.spec, with_addresses(what.settings, known), connections=2)
        try:
            yield runtime.engine.system("whoever reads this machine's files may do everything", context)
        finally:
            await runtime.close()
