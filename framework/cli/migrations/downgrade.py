"""The command that takes steps back."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.migrations.steps import DomainName, declared_steps, interruptible
from framework.cli.output import Json, print_json, tell

To = Annotated[str, typer.Argument(help="The step to go back to, or base for none; without it, one step back.")]


async def downgrade(to: To = "-1", *, domain: DomainName = None, json: Json = False) -> None:
    """Take back every step after that one; what those steps had dropped comes back empty."""
    async with interruptible(json=json), declared_steps() as steps:
        before = [step for step in await steps.history() if step.taken]
        await steps.downgrade(to, domain)
        after = {step.revision for step in await steps.history() if step.taken}
    back = [step for step in reversed(before) if step.revision not in after]
    if json:
        print_json({"taken_back": [step.revision for step in back]})
        return
    for step in back:
        tell(f"  {step.revision} of {step.domain}: {step.says}")
    if not back:
        tell("there was nothing to take back")
