"""Tools for the tests of programs that use tools."""

from __future__ import annotations

NUMBER = 7


def add(a: int, b: int) -> int:
    """Add two numbers and return the sum."""
    return a + b


async def capital(country: str) -> str:
    """Look up the capital city of a country."""
    return {"Belgium": "Brussels"}.get(country, "unknown")


def broken(text: str) -> str:
    """Fail to look anything up."""
    raise RuntimeError("the lookup is down")
