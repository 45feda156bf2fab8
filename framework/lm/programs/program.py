"""A program as it is declared: a signature, the module that answers it, and the tools it may use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from framework.errors import Invalid
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.interchange import canonical_json
from framework.lm.values.typed_json import parse

State = Mapping[str, Any]
EMPTY: State = {}
ModuleKind = Literal["predict", "chain_of_thought", "react", "best_of_n"]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", max_length=300)]


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """How a program thinks. `max_iters` bounds a react loop; the others are for best_of_n.

    best_of_n asks up to `n` times and keeps the attempt with the highest reward, or the first that reaches
    `threshold`. The reward is the value of the numeric output `reward_field` where one is named, and otherwise
    the share of output fields that satisfy their declared types and limits.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kind: ModuleKind = "predict"
    max_iters: Annotated[int, Field(ge=1, le=50)] = 20
    n: Annotated[int, Field(ge=1, le=20)] = 3
    threshold: float = 1.0
    reward_field: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModuleSpec:
        """The module that `data` spells."""
        return parse(_SPEC, data, what="the module")

    def to_json(self) -> dict[str, Any]:
        """The module as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ProgramDefinition:
    """Everything needed to build a program, except what it has learned (its state)."""

    name: str
    signature: SignatureDefinition
    module: ModuleSpec = field(default_factory=ModuleSpec)
    tools: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            parse(_TOOLS, self.tools, what="the tools")  # type: ignore[arg-type]  # a tuple, not a mapping
        except Invalid as failure:
            raise failure.under("tools") from None

    def canonical(self) -> str:
        """The definition as one stable line of text, the same for the same words."""
        words = json.dumps([self.name, self.module.to_json(), self.tools], sort_keys=True)
        return f"{words}{canonical_json(self.signature).decode()}"


_SPEC = TypeAdapter(ModuleSpec)
_TOOLS = TypeAdapter(tuple[Reference, ...])
