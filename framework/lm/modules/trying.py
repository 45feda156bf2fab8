"""Modules that try several times and keep the best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from framework.errors import Issue
from framework.lm.modules.reference import Reference
from framework.lm.modules.settings import PlainSettings
from framework.lm.signatures.definition import SignatureDefinition

Tried = Literal["predict", "chain_of_thought"]


@dataclass(frozen=True, slots=True)
class BestOfN(PlainSettings):
    """Asks the module `of` up to `n` times and keeps the attempt of the highest reward, or the first that reaches
    `threshold`.

    The reward is what the function `reward` ("module:function", allowed as a tool is) gives for the inputs and the
    prediction, or the value of the numeric output `reward_field`; with neither, the share of outputs that keep their
    declared types and limits. An attempt that fails takes no part.
    """

    kind: ClassVar[str] = "best_of_n"
    n: Annotated[int, Field(ge=1, le=20)] = 3
    threshold: float = 1.0
    reward_field: str | None = None
    reward: Reference | None = None
    of: Tried = "predict"

    @property
    def calls(self) -> int:
        """Each attempt."""
        return self.n

    @property
    def references(self) -> Sequence[str]:
        """The reward, if it is a function."""
        return () if self.reward is None else (self.reward,)

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """One reward, which is there."""
        yield from PlainSettings.issues(self, signature, tools)
        if self.reward_field is not None and self.reward is not None:
            yield Issue("two_rewards", "give either `reward` or `reward_field`", ("module", "reward"))
        if self.reward_field not in (None, *signature.output_names):
            yield Issue(
                "unknown_field",
                f"`reward_field` of the module: `{self.reward_field}` is not an output of the signature",
                ("module", "reward_field"),
                {"outputs": list(signature.output_names)},
            )
