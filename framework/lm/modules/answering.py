"""Modules that answer from what they are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from framework.errors import Issue
from framework.lm.modules.settings import PlainSettings
from framework.lm.signatures.definition import SignatureDefinition

_TAKEN = frozenset({"rationale", "reasoning"})


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


@dataclass(frozen=True, slots=True)
class MultiChainComparison(PlainSettings):
    """Reasons `m` times, each by itself and as warmly as `temperature` says, then compares the attempts and answers."""

    kind: ClassVar[str] = "multi_chain_comparison"
    m: Annotated[int, Field(ge=2, le=20)] = 3
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7

    @property
    def calls(self) -> int:
        """Each attempt, and the comparison."""
        return self.m + 1

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """Some names are its own."""
        yield from PlainSettings.issues(self, signature, tools)
        declared = {*signature.input_names, *signature.output_names}
        for taken in sorted(name for name in declared if name in _TAKEN or name.startswith("reasoning_attempt_"))[:1]:
            yield Issue("reserved_name", f"`{taken}` is a word of multi_chain_comparison", ("signature",))
