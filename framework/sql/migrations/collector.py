"""Python's collector of garbage, paused while tables are compared."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """A while without collections: hundreds of tables are millions of objects, of which few go before it ends.

    Looking them through again and again took about half of the time of a comparison of 200 tables, and once at its end
    a tenth: what was made meanwhile counts as old, which the next full collection looks through.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            # A process that has objects frozen for good keeps them so.
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
