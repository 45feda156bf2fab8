"""The JSON of a body: a large one is read beside the event loop, which answers others meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from framework.types.json_text import read_json

# So many bytes are read quicker than a thread is asked.
LARGE = 65_536


async def read_body(content: bytes) -> Any:
    """The value, as `read_json` gives it and raises."""
    return read_json(content) if len(content) < LARGE else await asyncio.to_thread(read_json, content)
