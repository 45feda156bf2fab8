"""Declared models made into DSPy language models: built once per definition and shared by every call."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from framework.lm.dspy_setup import dspy, lm15
from framework.lm.models.model import ModelDefinition
from framework.lm.models.recorder import RECORDER, Clock, Recorder, stop_of
from framework.lm.models.secrets import Secrets
from framework.lm.models.spend import StoppedAnswer
from framework.lm.offline.engine import AsyncOfflineEngine, OfflineEngine

_KEYLESS = "no-key"
_LM: Any = dspy.LM
# By what a model supports: functions, and answers held to a JSON schema.
_PROVIDERS = {
    (False, False): "dspex",
    (True, False): "dspex-functions",
    (False, True): "dspex-schemas",
    (True, True): "dspex-functions-schemas",
}

# Declared providers for OpenAI-compatible endpoints, the address said per model: DSPy then calls them with its native
# client and does not search the price map for a name (4 ms a call).
for (_functions, _schemas), _provider in _PROVIDERS.items():
    lm15.register_provider(
        lm15.ProviderDefinition.chat(
            lm15.AccessPolicy(provider=_provider, env_keys=(), base_url="http://127.0.0.1/"),
            compat=lm15.OpenAIChatCompat(),
        ),
        supports=lm15.ModelSupport(function_calling=_functions, response_schema=_schemas),
    )


class PlatformLM(_LM):  # type: ignore[misc]  # DSPy is untyped
    """A DSPy language model that reports its calls to the recorder of the context instead of keeping them.

    An answer that is not whole it refuses, whoever asked and however often: one that is repeated to a run too.
    """

    definition: ModelDefinition
    clock: Clock
    proposes = False

    def update_history(self, entry: dict[str, Any]) -> None:
        """Report one call; nothing is kept, so nothing grows. Raises StoppedAnswer."""
        recorder: Recorder | None = dspy.settings.get(RECORDER)
        if recorder is not None:
            recorder.record(self.definition, entry, latency_ms=self.clock.elapsed_ms())
        if not self.proposes and (stop := stop_of(entry)) is not None:
            raise StoppedAnswer(stop)

    def __deepcopy__(self, memo: dict[int, Any]) -> PlatformLM:
        return self


class LanguageModels:
    """The language models of a layer, by their definition."""

    def __init__(self, secrets: Secrets | None = None, *, idle_seconds: float = 10.0) -> None:
        self._secrets = secrets or Secrets()
        self._lock = threading.Lock()
        self._built: dict[ModelDefinition, PlatformLM] = {}
        self._users: Counter[ModelDefinition] = Counter()
        self._left: dict[ModelDefinition, float] = {}
        self._idle_seconds = idle_seconds
        self._clock = Clock()

    def get(self, definition: ModelDefinition) -> PlatformLM:
        """The language model for a definition; it asks the endpoint every time."""
        with self._lock:
            if definition not in self._built:
                self._built[definition] = self._build(definition)
            return self._built[definition]

    @asynccontextmanager
    async def in_use(self, *definitions: ModelDefinition) -> AsyncIterator[None]:
        """Keep the connections of these models meanwhile; afterwards let go of others that nobody uses any more."""
        with self._lock:
            self._users.update(definitions)
        try:
            yield
        finally:
            for lm in self._given_up(definitions):
                await lm.aclose()

    def _given_up(self, left: Sequence[ModelDefinition]) -> list[PlatformLM]:
        """The models that are idle for long: changed ones, mostly, as a change makes another definition."""
        now = time.monotonic()
        with self._lock:
            for definition in left:
                self._users[definition] -= 1
                if not self._users[definition]:
                    del self._users[definition]
                    self._left[definition] = now
            idle = [
                definition
                for definition, since in self._left.items()
                if definition not in self._users and definition not in left and now - since >= self._idle_seconds
            ]
            for definition in idle:
                del self._left[definition]
            return [self._built.pop(definition) for definition in idle if definition in self._built]

    def remembering(self, definition: ModelDefinition) -> PlatformLM:
        """The same language model, asking the replay cache of the context first."""
        lm: PlatformLM = self.get(definition).copy(cache=True)
        return lm

    def proposing(self, definition: ModelDefinition) -> PlatformLM:
        """One for whoever proposes instructions: half a proposal is judged by what it brings, as a whole one is."""
        lm = self.remembering(definition)
        lm.proposes = True
        return lm

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        for lm in list(self._built.values()):
            await lm.aclose()

    def _build(self, definition: ModelDefinition) -> PlatformLM:
        params = definition.params
        options = {
            "temperature": params.temperature,
            "max_tokens": params.max_tokens,
            "num_retries": definition.num_retries,
            "cache": False,
            "callbacks": [self._clock],
            **{name: value for name in ("top_p", "seed") if (value := getattr(params, name)) is not None},
        }
        lm = PlatformLM(**options, **self._endpoint(definition))
        lm.definition, lm.clock = definition, self._clock
        return lm

    def _endpoint(self, definition: ModelDefinition) -> dict[str, Any]:
        if definition.provider == "offline":
            latency = definition.params.latency_ms
            return {
                "model": f"offline/{definition.model}",
                "engine": OfflineEngine(latency),
                "async_engine": AsyncOfflineEngine(latency),
            }
        key = self._secrets.read(definition.api_key_ref) if definition.api_key_ref else _KEYLESS
        return {
            "model": f"{_provider_of(definition.model)}/{definition.model}",
            "engine": "lm15",
            "api_key": key,
            "api_base": definition.api_base,
            "timeout": definition.timeout_seconds,
        }


def _provider_of(model: str) -> str:
    """The provider that supports what DSPy knows of a model of this name: a JSON schema is sent where DSPy sends one.

    An endpoint of a name that DSPy does not know may refuse any `response_format`, and then never be understood.
    """
    known = _LM(f"openai/{model}", engine="lm15", api_key=_KEYLESS)
    return _PROVIDERS[known.supports_function_calling, known.supports_response_schema]
