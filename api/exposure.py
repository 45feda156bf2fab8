"""Whether an installation may be served to other machines, looked at before it is."""

from __future__ import annotations

from collections.abc import Sequence

from framework.callers.named_hosts import refuse_nameless
from framework.runtime.runtime import assemble
from framework.settings import Settings
from framework.spec.domain import DomainSpec

CONNECTIONS = 2


async def refuse_exposed(domain: DomainSpec, settings: Settings) -> None:
    """Returns when it may; raises Invalid with what has to be done before."""
    if settings.is_local:
        return
    refuse_nameless(settings)
    runtime = assemble(domain, settings, connections=CONNECTIONS)
    try:
        await runtime.callers.ready()
    finally:
        await runtime.close()


async def first_run(domain: DomainSpec, settings: Settings) -> Sequence[str]:
    """What somebody has to know who starts it for the first time, told this once; nothing where it stays local."""
    if settings.is_local:
        return ()
    runtime = assemble(domain, settings, connections=CONNECTIONS)
    try:
        return await runtime.callers.first_run()
    finally:
        await runtime.close()
