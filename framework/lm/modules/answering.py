"""Modules that answer from what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework.lm.modules.settings import PlainSettings


@dataclass(frozen=True, slots=True)
class Predict(PlainSettings):
    """Answers at once."""

    kind: ClassVar[str] = "predict"


# What answers where nothing else is said.
PREDICT = Predict()


@dataclass(frozen=True, slots=True)
class ChainOfThought(PlainSettings):
    """Reasons first."""

    kind: ClassVar[str] = "chain_of_thought"
