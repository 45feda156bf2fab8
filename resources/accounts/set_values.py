"""Sets what the action itself says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.step import Change
from framework.context import Context


@dataclass(frozen=True, slots=True)
class SetValues(Change):
    """Sets attributes to values that are always the same, or that the store works out."""

    values: Mapping[str, Any]

    def says(self) -> str:
        """What the step does."""
        return f"sets {', '.join(f'`{name}`' for name in self.values)}"

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """With them set."""
        return [changeset.setting(**self.values) for changeset in changesets]


def set_values(**values: Any) -> SetValues:
    """Sets these attributes."""
    return SetValues(values)
