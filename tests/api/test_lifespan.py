"""What is loaded beside serving."""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from api.lifespan import load_verbs
from api.serve import Server, serve
from framework.actions.engine import Engine
from framework.actions.layers import layers_of
from framework.compiler.domain import Domain, compile_domain
from framework.data.memory import MemoryLayer
from framework.declare.actions import Action
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.settings import load_settings
from framework.spec.layer import LayerRef
from framework.telemetry import log
from framework.testing.until import PATIENCE
from tests.installation.installation import Installation


class Clock(Resource):
    """Something whose verbs are nowhere."""

    id: Attr[UUID] = primary_key()

    strike = Action(verb("no.such.module:strike"))


def test_a_verb_that_cannot_be_loaded_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, Any]] = []
    monkeypatch.setattr(type(log), "error", lambda _, event, **fields: said.append((event, fields["name"])))
    domain = compile_domain(Domain("clocks", [Clock], layers=[LayerRef("chimes", verb("no.such.module:open"))]))
    load_verbs(Engine(domain, MemoryLayer(domain), layers=layers_of(domain, load_settings())))
    assert said == [("verb.not_loaded", "Clock.strike"), ("verb.not_loaded", "chimes")]


async def test_a_process_freezes_its_heap_once_what_executions_need_is_loaded(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[FastAPI] = []
    loaded = asyncio.Event()
    loop = asyncio.get_running_loop()

    def note() -> None:
        loop.call_soon_threadsafe(loaded.set)

    monkeypatch.setattr("api.serve.freeze_heap", note)

    def run(server: Server, _: object) -> None:
        served.append(server.config.app)  # type: ignore[arg-type]  # ours is no string
        server.started = True

    monkeypatch.setattr(Server, "run", run)
    serve(installation.domain, installation.settings)
    (app,) = served
    async with app.router.lifespan_context(app):
        await asyncio.wait_for(loaded.wait(), PATIENCE)
    assert "framework.lm.calls.execute" in sys.modules
