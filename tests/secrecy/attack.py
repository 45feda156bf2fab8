"""An attack: a domain with drawn rules, and some pairs of worlds in which the same plays are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.data.memory import MemoryLayer
from framework.data.protocols import Layer
from framework.sql.layer import SqlLayer
from tests.secrecy.aiming import Aim
from tests.secrecy.comparing import apart, told_apart
from tests.secrecy.oracle import Pair
from tests.secrecy.stage import Act, Stage
from tests.secrecy.steps import Asked

Play = tuple[Pair, Sequence[Asked]]


@dataclass
class Attack:
    """On one domain, with its records in memory and in PostgreSQL.

    `taken` counts the drawn steps that were compared, once each, though each is taken in two worlds on either layer.
    """

    stage: Stage
    stored: SqlLayer | None
    taken: int = 0

    async def play(self, play: Play) -> None:
        """Raises AssertionError for whatever tells the worlds apart, or the layers."""
        pair, drawn = play
        aim = Aim.of(pair)
        asked = [aim.taken(each) for each in drawn]
        layers: list[Layer] = [MemoryLayer(self.stage.domain)]
        layers += [] if self.stored is None else [self.stored]
        begun = pair.oracle.view(pair.left)
        kept: list[Sequence[Act]] = []
        compared = 0
        for layer in layers:
            left = await self.stage.play(layer, pair.left, pair.oracle, asked, world="left")
            again = MemoryLayer(self.stage.domain) if isinstance(layer, MemoryLayer) else layer
            right = await self.stage.play(again, pair.right, pair.oracle, asked, world="right")
            kept.append(left)
            leak, compared = told_apart(begun, left, right)
            assert leak is None, f"{type(layer).__name__}: {leak}"
        unlike = apart(kept[0], kept[-1])
        assert unlike is None, f"the layers do not agree: {unlike}"
        self.taken += compared
