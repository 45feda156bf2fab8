"""What is loaded beside serving."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from api.lifespan import load_verbs
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
