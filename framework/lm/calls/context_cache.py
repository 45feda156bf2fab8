"""DSPy's answer cache, replaced by the replay cache of the run that is going on, where there is one.

DSPy has one cache per process, keyed without the endpoint: two tenants could get each other's answers. Here nothing
is remembered between calls. Only inside a run that brought a `ReplayCache` (in `dspy.context`) are answers kept,
under a key that is the same for synchronous and asynchronous calls, so that either finds what the other was told.
"""

from __future__ import annotations

from typing import Any

from framework.lm.calls.replay import ReplayCache, ReplayFailed
from framework.lm.dspy_setup import REPLAY, dspy

_NOT_PART_OF_A_QUESTION = ("api_key", "timeout", "_fn_identifier")
_Cache: Any = dspy.clients.Cache


class ContextCache(_Cache):  # type: ignore[misc]  # DSPy is untyped
    """The cache that DSPy asks, which asks the run."""

    def __init__(self) -> None:
        super().__init__(enable_disk_cache=False, enable_memory_cache=False, disk_cache_dir=None)

    def get(self, request: dict[str, Any], *_: Any) -> Any:
        """The answer that this run was given to the request before, or None."""
        replay = _replay()
        if replay is None:
            return None
        try:
            return replay.get(self.key_of(request))
        except Exception as error:
            raise ReplayFailed from error

    def put(self, request: dict[str, Any], value: Any, *_: Any) -> None:
        """Remember an answer for the run that is going on."""
        replay = _replay()
        if replay is None:
            return
        try:
            replay.put(self.key_of(request), value)
        except Exception as error:
            raise ReplayFailed from error

    def key_of(self, request: dict[str, Any]) -> str:
        """The digest of everything an answer depends on: model, messages, parameters and rollout."""
        key: str = self.cache_key(request, list(_NOT_PART_OF_A_QUESTION))
        return key


def answered_from(memory: ReplayCache | None) -> dict[str, Any]:
    """The setting by which calls are answered from the memory of a run."""
    return {REPLAY: memory}


def _replay() -> ReplayCache | None:
    replay: ReplayCache | None = dspy.settings.get(REPLAY)
    return replay


dspy.cache = ContextCache()
