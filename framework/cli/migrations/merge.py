"""The command that joins two lines of steps."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.migrations.steps import DomainName, declared_steps
from framework.cli.output import Json, print_json, tell

Message = Annotated[str, typer.Option("--message", "-m", help="What is joined, in a few words.")]


async def merge(*, message: Message = "merge", domain: DomainName = None, json: Json = False) -> None:
    """Write the step that follows two that branch, as when two people each wrote one."""
    async with declared_steps() as steps:
        written = await steps.merge(message, domain)
    if json:
        print_json({"written": written and str(written)})
    else:
        tell(f"written: {written}" if written else "there is one head, so there is nothing to merge")
