"""How a program asks its model, whichever that is: by which adapter, and with what of the model's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter

from framework.lm.values.typed_json import parse

Adapter = Literal["chat", "json", "xml", "baml"]


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What a program says of its calls; None leaves it to the model. `adapter` is DSPy's of that name."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    adapter: Adapter = "chat"
    temperature: Annotated[float, Field(ge=0, le=2, strict=True)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, strict=True)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)] | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The settings that `data` spells; raises Invalid with each at fault."""
        return parse(TypeAdapter(cls), data, what="the settings")

    def to_json(self) -> dict[str, Any]:
        """What is said, without what is left to the model."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def for_model(self) -> dict[str, Any]:
        """What the model is asked with instead of its own."""
        return {name: value for name, value in self.to_json().items() if name != "adapter"}


USUAL = CallSettings()
