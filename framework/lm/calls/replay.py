"""A memory of the answers a run was given, so that a run which starts again asks nothing twice.

Optimizers are deterministic for a fixed seed. With this memory beside them a run that was killed is simply started
anew: it retraces its steps without a single call to a model until it stands where it stopped, and goes on.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol


class ReplayFailed(BaseException):
    """The memory of a run cannot be used. Not an `Exception`: a search that went on without it could not be resumed."""


class ReplayCache(Protocol):
    """What a run needs of a store: JSON objects by key, from many threads at once."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer kept under `key`, or None."""

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep an answer; the first one kept under a key stays."""


class CallMemory(ReplayCache, Protocol):
    """What a run's own calls are answered from, before a model is asked."""

    def repeats(self) -> bool:
        """Whether the call that this is asked from was answered once more, and so cost nothing."""


class MemoryReplayCache:
    """A replay cache that lives as long as its process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        """The answer kept under `key`, or None."""
        with self._lock:
            return self._answers.get(key)

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep an answer; the first one kept under a key stays."""
        with self._lock:
            self._answers.setdefault(key, value)

    def __len__(self) -> int:
        return len(self._answers)
