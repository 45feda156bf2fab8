"""A signature: what goes in, what comes out, and the instructions between the two."""

from __future__ import annotations

from dataclasses import dataclass, replace

from framework.lm.fields.field_types import MISSING, Default, FieldDefinition, FieldType

__all__ = ["MISSING", "Default", "FieldDefinition", "FieldType", "SignatureDefinition"]


@dataclass(frozen=True, slots=True)
class SignatureDefinition:
    """The typed contract of a program, from which its DSPy signature, payloads and schemas are derived."""

    inputs: tuple[FieldDefinition, ...]
    outputs: tuple[FieldDefinition, ...]
    instructions: str = ""

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs, in order."""
        return tuple(field.name for field in self.inputs)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of the outputs, in order."""
        return tuple(field.name for field in self.outputs)

    def with_instructions(self, instructions: str) -> SignatureDefinition:
        """The same fields under other instructions."""
        return replace(self, instructions=instructions)
