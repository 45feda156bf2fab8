"""An attack: domains with drawn rules, and for each some pairs of worlds in which the same plays are given."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.errors import DeclarationError
from framework.sql.layer import SqlLayer
from tests.secrecy.asking import Asked, plays
from tests.secrecy.comparing import Leak, apart, told_apart
from tests.secrecy.library import library
from tests.secrecy.oracle import Pair
from tests.secrecy.stage import Act, Stage, staged
from tests.secrecy.worlds import domain_rules, pairs

STEPS = 12


@dataclass
class Attack:
    """What was tried so far, of so many steps that are to be."""

    wanted: int
    taken: int = 0

    @property
    def is_over(self) -> bool:
        return self.taken >= self.wanted

    async def go(self, data: st.DataObject, tables: AsyncEngine, *, plays_each: int) -> None:
        """Plays in the worlds of one domain; raises AssertionError for whatever tells them apart."""
        rules = data.draw(domain_rules())
        try:
            domain = library(rules)
        except DeclarationError:
            return
        stored = SqlLayer(domain, tables)
        async with staged(domain) as stage:
            for _ in range(plays_each):
                pair = data.draw(pairs(rules))
                if pair.differs and not self.is_over:
                    await self._play(stage, pair, data.draw(plays(STEPS)), stored)

    async def _play(self, stage: Stage, pair: Pair, asked: tuple[Asked, ...], stored: SqlLayer) -> None:
        kept: list[list[Act]] = []
        for layer in (MemoryLayer(stage.domain), stored):
            left, right = await played(stage, pair, asked, layer)
            self.taken += len(asked)
            kept.append(left)
            leak = told_apart(left, right)
            assert leak is None, f"{type(layer).__name__}: {leak}"
        unlike = apart(*kept)
        assert unlike is None, f"the layers do not agree: {unlike}"


async def played(
    stage: Stage, pair: Pair, asked: tuple[Asked, ...], layer: Layer
) -> tuple[list[Act], list[Act]]:
    """The same play in both worlds."""
    left = await stage.play(layer, pair.left, pair.oracle, asked, "left")
    again = MemoryLayer(stage.domain) if isinstance(layer, MemoryLayer) else layer
    return left, await stage.play(again, pair.right, pair.oracle, asked, "right")
