"""The command that writes down where a database stands."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.migrations.steps import declared_steps
from framework.cli.output import Json, print_json, tell

Revision = Annotated[str, typer.Argument(help="The step, heads for all of them, or base for none.")]


async def stamp(revision: Revision, *, json: Json = False) -> None:
    """Write down that the database stands at a step, without carrying anything out."""
    async with declared_steps() as steps:
        await steps.stamp(revision)
        taken = [step.revision for step in await steps.history() if step.taken]
    if json:
        print_json({"taken": taken})
    else:
        count = "1 step counts" if len(taken) == 1 else f"{len(taken)} steps count"
        tell(f"the database stands at {revision}: {count} as taken")
