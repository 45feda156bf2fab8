"""The layers that execute: each opened when it is first asked for, all closed with the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, TypeVar

from framework.actions.verb import load_verb
from framework.data.protocols import Executes
from framework.figures import Figure, Tells
from framework.settings import Settings
from framework.spec.domain import DomainSpec
from framework.spec.layer import LayerRef

Opened = TypeVar("Opened")
Opener = Callable[[], Executes[Any, Any]]


class Layers:
    """By their references. A test gives a stand-in: `Layers({LM: lambda: ScriptedLayer(…)})`."""

    def __init__(self, openers: Mapping[LayerRef[Any], Opener] | None = None) -> None:
        self._openers = dict(openers or {})
        self._opened: dict[LayerRef[Any], Any] = {}
        self._lock = threading.Lock()

    def __getitem__(self, ref: LayerRef[Opened]) -> Opened:
        """The layer, opened by now; from any thread."""
        with self._lock:
            if ref not in self._opened:
                self._opened[ref] = self._opener(ref)()
            opened: Opened = self._opened[ref]
        return opened

    async def opened(self, ref: LayerRef[Opened]) -> Opened:
        """The layer for whoever is on an event loop, which goes on while the layer is opened: that can take seconds."""
        opened: Opened | None = self._opened.get(ref)
        return opened if opened is not None else await asyncio.to_thread(self.__getitem__, ref)

    def figures(self) -> list[Figure]:
        """What those that are opened have to tell, of which some have nothing."""
        with self._lock:
            opened = [*self._opened.values()]
        return [figure for layer in opened if isinstance(layer, Tells) for figure in layer.figures()]

    async def aclose(self) -> None:
        """Closes what was opened; one that fails to close keeps no other open."""
        with self._lock:
            opened, self._opened = self._opened, {}
        async with AsyncExitStack() as closing:
            for layer in opened.values():
                closing.push_async_callback(layer.aclose)

    def _opener(self, ref: LayerRef[Any]) -> Opener:
        if ref not in self._openers:
            raise LookupError(f"the layer `{ref.name}` is none of the domain's: name it in the `layers` of a Domain")
        return self._openers[ref]


def layers_of(domain: DomainSpec, settings: Settings) -> Layers:
    """The layers that a domain names, made of the settings of the process."""
    return Layers({ref: partial(_open, ref, settings) for ref in domain.layers})


def _open(ref: LayerRef[Any], settings: Settings) -> Executes[Any, Any]:
    layer: Executes[Any, Any] = load_verb(ref.opener)(settings)
    return layer
