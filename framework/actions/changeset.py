"""An immutable intention: what an action is about to do to one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from framework.declare.resource import Resource
from framework.errors import Issue, Path
from framework.expr.nodes import Node, every
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class Changeset:
    """What will be written and why; every method gives a new one.

    `values` maps attributes to what they become (a value, or an expression for the data layer), `arguments`
    holds the typed inputs that are no attributes, `where` narrows which record may be written, and `record` is
    how it was before, locked, when a step asked for it. `issues` collects what is wrong.
    """

    action: ActionSpec
    resource: ResourceSpec
    id: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    where: Node | None = None
    record: Resource | None = None
    issues: tuple[Issue, ...] = ()

    def setting(self, **values: Any) -> Changeset:
        """With these attributes set too."""
        return replace(self, values={**self.values, **values})

    def guarded(self, condition: Node) -> Changeset:
        """Written only if the record satisfies this as well."""
        return replace(self, where=every(self.where, condition))

    def refused(self, code: str, message: str, *path: str | int, hint: str | None = None) -> Changeset:
        """With one more thing wrong."""
        return replace(self, issues=(*self.issues, Issue(code, message, path, hint=hint)))

    def wrong(self, *issues: Issue) -> Changeset:
        """With these things wrong too."""
        return replace(self, issues=(*self.issues, *issues))

    def value(self, name: str) -> Any:
        """What the attribute will be, or is, or None when neither is known."""
        if name in self.values:
            return self.values[name]
        return None if self.record is None or name not in self.record else self.record[name]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A changeset carried out, and the record as it is stored now (as it was, for a destroy)."""

    changeset: Changeset
    record: Resource

    @property
    def path(self) -> Path:
        """What the outcome is about, for messages."""
        return (self.changeset.resource.name, self.changeset.action.name)
