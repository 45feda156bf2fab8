"""While tables are compared nothing is looked through for garbage, and all is as it was afterwards."""

from __future__ import annotations

import gc
import weakref

import pytest

from framework.sql.migrations.collector import collector_paused


class Circle:
    """Something that only the collector finds to be gone."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.usefixtures("small_heap")
def test_what_is_garbage_by_the_end_is_found_by_the_next_full_collection() -> None:
    with collector_paused():
        assert not gc.isenabled()
        gone = weakref.ref(Circle())
        assert gone() is not None
    assert gc.isenabled()
    gc.collect()
    assert gone() is None


def test_what_was_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        with collector_paused():
            pass
        # Some of it may be gone meanwhile; let go of, it would be none.
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
