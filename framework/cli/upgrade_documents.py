"""The command that rewrites stored documents in their newest form."""

from __future__ import annotations

from dataclasses import asdict

import typer

from framework.cli.declared import declared
from framework.cli.output import Json, print_json, stderr_console
from framework.embedded.servers import servers
from framework.sql.connections import dispose
from framework.sql.definitions.schema import schema_of
from framework.sql.engine import open_engine
from framework.sql.statements.upgrading import left_to_others
from framework.sql.statements.upgrading import upgrade_documents as upgraded_documents


async def upgrade_documents(*, json: Json = False) -> None:
    """Rewrite what is stored of models, lists and maps in its newest form, in batches, while others read and write."""
    what = declared()
    left = left_to_others(what.spec)
    async with servers(what.settings) as known:
        engine = open_engine(known.database_url, connections=1)
        try:
            done = [each async for each in upgraded_documents(schema_of(what.spec), engine)]
        finally:
            await dispose(engine)
    if json:
        print_json({"documents": [asdict(each) for each in done], "left_to_others": left})
    else:
        for each in done:
            if each.rewritten or each.unreadable:
                rest = f", {each.unreadable} do not read (dspex check --data)" if each.unreadable else ""
                stderr_console().print(f"  {each.resource}.{each.attribute}: {each.rewritten} rewritten{rest}")
        for name in left:
            stderr_console().print(f"  {name}: left as it is, in a table of others (managed=False)")
        count = sum(each.rewritten for each in done)
        stderr_console().print(f"{count} {'document' if count == 1 else 'documents'} rewritten")
    if any(each.unreadable for each in done):
        raise typer.Exit(1)
