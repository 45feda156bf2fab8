"""Tools for the tests of programs that use tools."""

from __future__ import annotations

import threading

NUMBER = 7
ENTERED = threading.Semaphore(0)
RELEASED = threading.Event()


def add(a: int, b: int) -> int:
    """Add two numbers and return the sum."""
    return a + b


async def capital(country: str) -> str:
    """Look up the capital city of a country."""
    return {"Belgium": "Brussels"}.get(country, "unknown")


def broken(text: str) -> str:
    """Fail to look anything up."""
    raise RuntimeError("the lookup is down")


def missing() -> str:
    """Look into a file that is not there."""
    raise FileNotFoundError(2, "No such file or directory", "/srv/private/keys.txt")


def binary() -> bytes:
    """Give bytes that are no text."""
    return b"\xff\xfe\x00"


def nul() -> str:
    """Give a text with a sign that no database stores."""
    return "a\x00b"


def not_a_number() -> float:
    """Give a number that is none."""
    return float("nan")


def huge() -> list[int]:
    """Give a number that no column holds."""
    return [10**30]


def stuck() -> str:
    """Hang until it is released."""
    ENTERED.release()
    RELEASED.wait()
    return "released"


def deep() -> list[object]:
    """Give a list that nests without end."""
    value: list[object] = []
    for _ in range(200):
        value = [value]
    return value


def thing() -> object:
    """Give something that is no data at all."""
    return object()
