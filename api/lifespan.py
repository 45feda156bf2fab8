"""What happens around serving: verbs are loaded beside it, lost jobs are looked after, connections let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI

from framework.actions.engine import Engine
from framework.actions.verb import load_verb
from framework.jobs.reaper import reap_for_ever
from framework.runtime.runtime import Runtime
from framework.spec.action import ActionKind
from framework.sql.migrations.running.readiness import SchemaWatch
from framework.telemetry import log

REAP_SECONDS = 3.0
Do = Callable[[], object]


def lifespan(
    runtime: Runtime, schema: SchemaWatch, beside: Sequence[Callable[[], Coroutine[Any, Any, None]]], when_loaded: Do
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of an application over this runtime; what goes on `beside` it is cancelled in the end."""

    def load() -> None:
        load_verbs(runtime.engine)
        when_loaded()

    @asynccontextmanager
    async def span(app: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(schema.tell()),
            asyncio.create_task(asyncio.to_thread(load)),
            asyncio.create_task(reap_for_ever(runtime.upkeep, runtime.dispatcher, every_seconds=REAP_SECONDS)),
            *(asyncio.create_task(each()) for each in beside),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await runtime.close()

    return span


def load_verbs(engine: Engine) -> None:
    """Loads what generic actions run and opens the layers, heavy libraries and all, before a call has to wait for it.

    One that cannot be loaded is logged; whoever calls it gets the same error.
    """
    for spec in engine.domain.resources.values():
        for action in spec.actions.values():
            if action.kind is ActionKind.GENERIC and action.run is not None:
                _loaded(f"{action.resource}.{action.name}", partial(load_verb, action.run))
    for ref in engine.domain.layers:
        _loaded(ref.name, partial(engine.layers.__getitem__, ref))


def _loaded(name: str, load: Callable[[], object]) -> None:
    try:
        load()
    except Exception as error:  # noqa: BLE001 - whatever a module raises when it is imported, the others are loaded
        log.error("verb.not_loaded", name=name, exc_info=error)
