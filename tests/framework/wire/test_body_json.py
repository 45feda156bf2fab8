"""A body as JSON: the larger it is, the less may others wait for it."""

from __future__ import annotations

import asyncio
import json

import pytest

from framework.wire.body_json import LARGE, read_body


@pytest.mark.parametrize("size", [1, LARGE])
async def test_a_body_of_any_size_is_read(size: int) -> None:
    assert await read_body(json.dumps({"a": "x" * size}).encode()) == {"a": "x" * size}
    with pytest.raises(json.JSONDecodeError):
        await read_body(b"x" * size)


async def test_others_have_their_turn_before_a_large_body_is_read() -> None:
    reading = asyncio.ensure_future(read_body(b"[" + b"1," * LARGE + b"1]"))
    await asyncio.sleep(0)
    # Its task has begun, and has left the loop to others.
    assert not reading.done()
    assert len(await reading) == LARGE + 1
