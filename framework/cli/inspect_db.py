"""The command that reads a schema which stands already."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from framework.cli.output import Json, print_json, stderr_console
from framework.embedded.servers import servers
from framework.errors import Invalid
from framework.settings import load_settings
from framework.sql.inspection.inspecting import inspected

Schemas = Annotated[list[str] | None, typer.Option("--schema", help="Where to look: public when nothing is said.")]
Tables = Annotated[list[str] | None, typer.Option("--table", help="Only this table or view; several may be said.")]
DomainName = Annotated[str, typer.Option("--domain", help="The name of the domain to be written.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write; else it is printed.")]


async def inspect_db(
    *,
    schema: Schemas = None,
    table: Tables = None,
    domain: DomainName = "legacy",
    output: Output = None,
    json: Json = False,
) -> None:
    """Print the declarations of the tables and views that a database has already, and what cannot be said of them."""
    if output is not None:
        _refuse(output)
    settings = load_settings()
    some: Sequence[str] = schema or ["public"]
    async with servers(settings) as known:
        found = await inspected(
            known.database_url, domain, schemas=some, tables=table or (), version_table=settings.version_table
        )
    if output is not None:
        output.write_text(found.text, encoding="utf-8")
    if json:
        print_json(
            {"module": found.text, "left": [*found.left], "guessed": [*found.guessed], "differing": [*found.differing]}
        )
        return
    if output is None:
        sys.stdout.write(found.text)
    console = stderr_console()
    for says in found.left:
        console.print(escape(f"left as it stands: {says}"), soft_wrap=True)
    for says in found.guessed:
        console.print(escape(f"guessed: {says}"), soft_wrap=True)
    for says in found.differing:
        console.print(escape(f"would be changed: {says}"), soft_wrap=True)
    if output is not None:
        console.print(f"written: {output}", soft_wrap=True)


def _refuse(output: Path) -> None:
    """Raises Invalid where nothing can be written without losing something."""
    if output.exists():
        hint = "name another file, or delete that one first"
        raise Invalid(f"`{output}` is there already", code="file_exists", path=("output",), hint=hint)
    if not output.parent.is_dir():
        says = f"there is no folder `{output.parent}`"
        raise Invalid(says, code="no_folder", path=("output",), hint="make it first, it is a package of yours")
