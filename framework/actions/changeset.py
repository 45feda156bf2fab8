"""An immutable intention: what an action is about to do to one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from framework.actions.precondition import Precondition
from framework.actions.settable import refuse_unsettable
from framework.declare.resource import Resource
from framework.errors import Failure, Invalid, Issue, Path
from framework.expr.build import Expr
from framework.expr.nodes import Node, every
from framework.expr.scopes import settled
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The decision about a record once it is changed: which attributes it looks at, and what it asks, given the record
    as it was."""

    names: frozenset[str]
    of: Callable[[Mapping[str, Any]], Node]


@dataclass(frozen=True, slots=True)
class Changeset:
    """What will be done and why; every method gives a new one.

    `values` maps attributes to what they become (a value, or an expression for the data layer), `arguments`
    holds the typed inputs that are no attributes, `where` narrows which record may be written, and `record` is
    how it was before, where that is known. `permit` is what the policies ask of the record, None where nobody asked
    them, and `again` what they do once it is changed. `precondition` is what the caller expects of it. `typed` are the
    values that were checked by their types already, and `refusals` collects what is wrong. What is given or set is
    never printed with it.
    """

    action: ActionSpec
    resource: ResourceSpec
    id: Any = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    where: Node | None = None
    permit: Node | None = None
    again: AskedAgain | None = field(default=None, repr=False, compare=False)
    record: Resource | None = None
    precondition: Precondition | None = None
    typed: Mapping[str, Any] = field(default_factory=dict, repr=False)
    refusals: tuple[Failure, ...] = ()

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Everything that is wrong."""
        return tuple(issue for failure in self.refusals for issue in failure.issues)

    def setting(self, **values: Any) -> Changeset:
        """With these values set too: attributes of a record, arguments of a verb. Expressions may be given as such.

        Raises TypeError for a name that the action sets nothing by, and where a record that is yet to be made is asked
        for what it holds.
        """
        given = {name: self._seen(value) if isinstance(value, Expr) else value for name, value in values.items()}
        refuse_unsettable(self.action, self.resource, given)
        return replace(self, values={**self.values, **given})

    def guarded(self, condition: Expr[bool] | Node) -> Changeset:
        """Carried out only if the record satisfies this as well; a record that is made, as it is made."""
        return replace(self, where=every(self.where, self._seen(condition)))

    def refused(self, code: str, message: str, *path: str | int, hint: str | None = None) -> Changeset:
        """With one more thing wrong in its input."""
        return self.wrong(Issue(code, message, path, hint=hint))

    def wrong(self, *issues: Issue) -> Changeset:
        """With these things wrong in its input too."""
        return self.failing(Invalid.of(issues)) if issues else self

    def failing(self, failure: Failure) -> Changeset:
        """Refused for a reason of any kind; of several changesets, it is told under the index of this one."""
        return replace(self, refusals=(*self.refusals, failure))

    def value(self, name: str) -> Any:
        """What the attribute will be, or is, or None when that is not known before the store works it out."""
        if name in self.values:
            return None if isinstance(self.values[name], Node) else self.values[name]
        return None if self.record is None or name not in self.record else self.record[name]

    def _seen(self, written: Expr[Any] | Node) -> Node:
        """An expression about the record; raises WrongRecord where it speaks of another resource."""
        return settled(written.tree_ if isinstance(written, Expr) else written, self.resource.record)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A changeset carried out.

    `record` is as it is stored now (as it was, for a destroy; without values, for a verb about no record), `result`
    what a verb gave or what was asked to be read of a record before it went, `cascaded` what the store
    deleted with it, or left without its link to it.
    """

    changeset: Changeset
    record: Resource
    result: Any = None
    cascaded: tuple[Outcome, ...] = ()

    @property
    def path(self) -> Path:
        """What the outcome is about, for messages."""
        return (self.changeset.resource.name, self.changeset.action.name)
