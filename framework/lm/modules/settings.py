"""The settings of a module as JSON and back, for kinds whose settings are plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, TypeAdapter

from framework.errors import Issue
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.values.typed_json import parse


@dataclass(frozen=True, slots=True)
class PlainSettings:
    """What a module is made of whose fields are its settings; without words of its own, one call and no tools."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    kind: ClassVar[str] = ""

    @property
    def calls(self) -> int:
        """One answer."""
        return 1

    @property
    def references(self) -> Sequence[str]:
        """None."""
        return ()

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """Tools are refused: only kinds that act have a use for them."""
        if tools:
            message = f"a {self.kind} module cannot use tools"
            yield Issue("tools_without_react", message, ("tools",), {}, "choose the module react")

    def settings(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The module with these settings; raises Invalid with each at fault."""
        return parse(TypeAdapter(cls), settings, what=f"the module {cls.kind}")
