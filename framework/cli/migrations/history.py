"""The command that tells of the steps."""

from __future__ import annotations

from dataclasses import asdict

from framework.cli.migrations.steps import declared_steps
from framework.cli.output import Json, print_json, tell


async def history(*, json: Json = False) -> None:
    """List every step, oldest first, with those that the database has taken, and the last ones (heads)."""
    async with declared_steps() as steps:
        told = await steps.history()
    if json:
        print_json({"steps": [asdict(step) for step in told]})
        return
    for step in told:
        head = " (head)" if step.head else ""
        said = f"{'✓' if step.taken else '·'} {step.revision} {step.domain}: {step.says}{head}"
        tell(said)
        if step.irreversible is not None:
            tell(f"    irreversible: {step.irreversible}")


async def heads(*, json: Json = False) -> None:
    """List the steps that none follows; more than one in a folder is for `merge`."""
    async with declared_steps() as steps:
        told = [step for step in await steps.history() if step.head]
    if json:
        print_json({"heads": [asdict(step) for step in told]})
        return
    for step in told:
        tell(f"{step.revision} {step.domain}: {step.says} {step.path}")
