"""What happens around serving: verbs are loaded beside it, lost jobs are looked after, connections let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from framework.actions.verb import load_verb
from framework.jobs.reaper import reap_for_ever
from framework.runtime.runtime import Runtime
from framework.settings import Settings
from framework.spec.action import ActionKind
from framework.spec.domain import DomainSpec
from framework.telemetry import log

REAP_SECONDS = 3.0


def lifespan(runtime: Runtime, settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of an application over this runtime."""

    @asynccontextmanager
    async def span(app: FastAPI) -> AsyncIterator[None]:
        beside = [
            asyncio.create_task(asyncio.to_thread(load_verbs, runtime.engine.domain)),
            asyncio.create_task(reap_for_ever(runtime.engine, runtime.dispatcher, every_seconds=REAP_SECONDS)),
        ]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await runtime.close()

    return span


def load_verbs(domain: DomainSpec) -> None:
    """Loads what generic actions run, and the heavy libraries behind it, before the first call has to wait for it.

    One that cannot be loaded is logged; whoever calls it gets the same error.
    """
    actions = (action for spec in domain.resources.values() for action in spec.actions.values())
    for action in actions:
        if action.kind is not ActionKind.GENERIC or action.run is None:
            continue
        try:
            load_verb(action.run)
        except Exception as error:  # noqa: BLE001 - whatever a module raises when it is imported, the others are loaded
            log.error("verb.not_loaded", action=f"{action.resource}.{action.name}", exc_info=error)
