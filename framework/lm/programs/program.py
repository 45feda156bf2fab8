"""A program as it is declared: a signature, the module that answers it, and the tools it may use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from framework.errors import Invalid
from framework.lm.modules.answering import PREDICT
from framework.lm.modules.catalogue import module_to_json
from framework.lm.modules.module import ModuleSpec
from framework.lm.modules.reference import Reference
from framework.lm.programs.call_settings import USUAL, CallSettings
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.interchange import canonical_json
from framework.lm.values.typed_json import parse

State = Mapping[str, Any]
EMPTY: State = {}


@dataclass(frozen=True, slots=True)
class ProgramDefinition:
    """Everything needed to build a program, except what it has learned (its state)."""

    name: str
    signature: SignatureDefinition
    module: ModuleSpec = PREDICT
    tools: tuple[str, ...] = ()
    settings: CallSettings = USUAL

    def __post_init__(self) -> None:
        try:
            parse(_TOOLS, self.tools, what="the tools")  # type: ignore[arg-type]  # a tuple, not a mapping
        except Invalid as failure:
            raise failure.under("tools") from None

    def canonical(self) -> str:
        """The definition as one stable line of text, the same for the same words."""
        said = [self.name, module_to_json(self.module), self.tools, self.settings.to_json()]
        words = json.dumps(said, sort_keys=True)
        return f"{words}{canonical_json(self.signature).decode()}"


_TOOLS = TypeAdapter(tuple[Reference, ...])
