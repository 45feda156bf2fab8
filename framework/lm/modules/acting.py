"""Modules that use tools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from framework.errors import Issue
from framework.lm.modules.settings import PlainSettings
from framework.lm.signatures.definition import SignatureDefinition

_TAKEN_BY_REACT = frozenset({"trajectory", "next_thought", "next_tool_name", "next_tool_args", "max_iters"})


@dataclass(frozen=True, slots=True)
class ReAct(PlainSettings):
    """Thinks, uses a tool and looks at the result, up to `max_iters` times, then answers."""

    kind: ClassVar[str] = "react"
    max_iters: Annotated[int, Field(ge=1, le=50)] = 20

    @property
    def calls(self) -> int:
        """Each step, and the answer."""
        return self.max_iters + 1

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """It needs a tool, and some names for itself."""
        if not tools:
            yield Issue("react_without_tools", "a react module needs at least one tool", ("tools",))
        declared = {*signature.input_names, *signature.output_names}
        for taken in sorted(declared & _TAKEN_BY_REACT)[:1]:
            yield Issue("reserved_name", f"`{taken}` is a word of react", ("signature",))
