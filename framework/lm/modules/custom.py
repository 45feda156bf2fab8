"""A module that somebody wrote: a class of Python, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import Field

from framework.errors import Issue
from framework.lm.modules.reference import Reference
from framework.lm.modules.settings import PlainSettings
from framework.lm.signatures.definition import SignatureDefinition
from framework.types.json_values import json_issues


@dataclass(frozen=True, slots=True)
class Custom(PlainSettings):
    """A `dspy.Module` made by calling `reference` ("module:Class", from the allow-list of tools) with `params`.

    It is called with the program's inputs by name, and gives a prediction with its outputs. `max_calls` is how many
    answers of a model it is given time for.
    """

    kind: ClassVar[str] = "custom"
    reference: Reference
    params: dict[str, Any] = field(default_factory=dict)
    max_calls: Annotated[int, Field(ge=1, le=1000)] = 20

    @property
    def calls(self) -> int:
        """As many as it says."""
        return self.max_calls

    @property
    def references(self) -> Sequence[str]:
        """The class."""
        return (self.reference,)

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """Its parameters are JSON; its tools, if it has any, are its own."""
        if tools:
            hint = "name them in `params`, if the class takes them"
            yield Issue("tools_without_react", "a custom module brings its own tools", ("tools",), {}, hint)
        yield from (issue.under("module", "params") for issue in json_issues(self.params))
