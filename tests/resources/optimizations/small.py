"""A small run for each optimizer, started through the public actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.framework.lm.optimize.runs import SMALL
from tests.installation.answer import Client
from tests.installation.installation import Installation
from tests.installation.making import a_subject

PROGRESS, ENDED = "optimization.run.progress", "optimization.run.ended"


async def started(client: Client, optimizer: str, content: str | None = None, **more: Any) -> Any:
    """An optimization that waits to be run, with everything it is about."""
    program = {name: more.pop(name) for name in ("model_id", "kind") if name in more}
    subject = await a_subject(client, content, **program)
    given = {"optimizer": optimizer, "params": dict(SMALL[optimizer]), **more}
    return (await client.act("Optimization.start", **subject.inputs, **given)).made


async def told(installation: Installation, run: Any) -> list[Mapping[str, Any]]:
    """What was reported, in order, without the end."""
    return [entry.data for entry in await installation.events(run["id"], PROGRESS)]


def trials_of(reports: list[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Trial k of n, each once, as the reports name them."""
    found = [(report["trial"], report["trials"]) for report in reports if report["trial"]]
    return list(dict.fromkeys(found))
