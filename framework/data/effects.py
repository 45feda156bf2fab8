"""What happens once a transaction is committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from framework.telemetry import log

Effect = Callable[[], Awaitable[None]]


async def run_effects(effects: Iterable[Effect]) -> None:
    """Runs each effect once, in the order they were asked for; the commit stands whatever becomes of them."""
    for effect in dict.fromkeys(effects):
        try:
            await effect()
        except Exception as error:  # noqa: BLE001 - what must not be lost is in the store already
            log.error("effect_failed", error=repr(error))
