"""The engine: a domain, where its records are kept, and who is told of what happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.actions.announcer import Announcer, Silence
from framework.actions.session import Session
from framework.context import Context
from framework.data.protocols import Layer
from framework.spec.domain import DomainSpec


@dataclass(frozen=True, slots=True)
class Engine:
    """One a process. `services` holds what verbs need besides, by its protocol: `engine.services[Executes]`."""

    domain: DomainSpec
    layer: Layer
    announcer: Announcer = field(default_factory=Silence)
    services: Mapping[type, Any] = field(default_factory=dict)

    def session(self, context: Context | None = None) -> Session:
        """A caller's hold on the engine."""
        return Session(self, context or Context())
