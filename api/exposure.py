"""Whether an installation may be served to other machines, looked at before it is."""

from __future__ import annotations

from collections.abc import Sequence

from framework.errors import Invalid
from framework.runtime.runtime import assemble
from framework.settings import Settings
from framework.spec.domain import DomainSpec

CONNECTIONS = 2


async def refuse_exposed(domain: DomainSpec, settings: Settings) -> None:
    """Returns when it may; raises Invalid with what has to be done before."""
    if settings.is_local:
        return
    if settings.listens_everywhere and not settings.allowed_hosts:
        raise Invalid(
            f"the API is to listen on every address ({settings.host}), and nothing says by which names it is called",
            code="no_hosts",
            path=("DSPEX_ALLOWED_HOSTS",),
            hint="DSPEX_ALLOWED_HOSTS=dspex.example.com",
        )
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
