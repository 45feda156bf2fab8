"""A wish to stop, made in one thread and obeyed in others; once made it cannot be taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancellation:
    """A flag that is read often and set once, and tells whoever waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], object]] = []
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether the wish was made."""
        return self._cancelled

    def cancel(self) -> None:
        """Make the wish; every listener is called once, in this thread."""
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def subscribe(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Have `listener` called when the wish is made (at once if it was); the result takes that back."""
        with self._lock:
            if not self._cancelled:
                self._listeners.append(listener)
                return lambda: self._forget(listener)
        listener()
        return lambda: None

    def _forget(self, listener: Callable[[], object]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
