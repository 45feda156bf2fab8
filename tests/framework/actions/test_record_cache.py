from __future__ import annotations

import pytest

from framework.actions.record_cache import RecordCache


async def test_a_value_is_made_once_and_the_one_not_asked_for_longest_is_given_up() -> None:
    cache, made = RecordCache(size=2), list[str]()

    async def get(key: str) -> str:
        async def make() -> str:
            made.append(key)
            return key.upper()

        return await cache.get(key, make)

    assert [await get(key) for key in "abacab"] == list("ABACAB")
    assert made == ["a", "b", "c", "b"]


async def test_what_could_not_be_made_is_tried_again() -> None:
    cache = RecordCache()

    async def fail() -> str:
        raise OSError("away")

    async def make() -> str:
        return "made"

    with pytest.raises(OSError, match="away"):
        await cache.get("a", fail)
    assert await cache.get("a", make) == "made"
