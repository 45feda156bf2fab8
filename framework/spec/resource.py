"""A resource, compiled: everything that was said of it and everything implied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.errors import Source
from framework.spec.action import ActionKind, ActionSpec, StateMachineSpec
from framework.spec.attribute import AttributeSpec, CheckSpec, DerivedSpec, ExclusionSpec, IdentitySpec, IndexSpec
from framework.spec.policy import BaseFilterSpec, FieldPolicySpec, PolicySpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.retention import RetentionSpec
from framework.spec.tenancy import TenancySpec


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """What a thing is and what may be done with it.

    Every mapping goes by name and keeps the order of declaration. `sections` holds what extensions were told,
    by the class of the section. `stored` is False for a resource that is only actions and has no table. `domain` is the
    one that lists it, and `schema` the schema which that keeps its tables in.
    `brought` is whether an extension brings it, for all domains that are served together. `commented` is whether what
    it says of itself, and of its attributes, is told in the database too. `policies` are
    those of the resource or, where it has none, of its domain; `base` filters hold for every reading. `tenancy` says
    whose records they are, where they belong to tenants.
    """

    name: str
    record: type[Any]
    source: Source
    doc: str = ""
    attributes: Mapping[str, AttributeSpec] = field(default_factory=dict)
    derived: Mapping[str, DerivedSpec] = field(default_factory=dict)
    relationships: Mapping[str, RelationshipSpec] = field(default_factory=dict)
    identities: Mapping[str, IdentitySpec] = field(default_factory=dict)
    exclusions: Mapping[str, ExclusionSpec] = field(default_factory=dict)
    checks: Mapping[str, CheckSpec] = field(default_factory=dict)
    indexes: tuple[IndexSpec, ...] = ()
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    machine: StateMachineSpec | None = None
    retention: RetentionSpec | None = None
    sections: Mapping[type, object] = field(default_factory=dict)
    stored: bool = True
    renamed_from: str | None = None
    commented: bool = False
    dropped: tuple[str, ...] = ()
    domain: str = ""
    brought: bool = False
    schema: str | None = None
    policies: tuple[PolicySpec, ...] = ()
    field_policies: Mapping[str, FieldPolicySpec] = field(default_factory=dict)
    base: Mapping[str, BaseFilterSpec] = field(default_factory=dict)
    tenancy: TenancySpec | None = None

    @property
    def managed(self) -> bool:
        """Whether its table is ours: others own it where a section says `managed=False`."""
        return all(getattr(section, "managed", True) for section in self.sections.values())

    @property
    def key(self) -> AttributeSpec:
        """The primary key."""
        return next(attribute for attribute in self.attributes.values() if attribute.primary_key)

    @property
    def values(self) -> dict[str, AttributeSpec | DerivedSpec]:
        """Attributes and derived values together, by name."""
        return {**self.attributes, **self.derived}

    @property
    def public_values(self) -> dict[str, AttributeSpec | DerivedSpec]:
        """The values that transports show."""
        return {name: value for name, value in self.values.items() if value.public}

    @property
    def public_relationships(self) -> dict[str, RelationshipSpec]:
        """The links that transports follow."""
        return {name: link for name, link in self.relationships.items() if link.public}

    @property
    def public_actions(self) -> dict[str, ActionSpec]:
        """The actions that transports offer."""
        return {name: action for name, action in self.actions.items() if action.public}

    @property
    def record_actions(self) -> tuple[ActionSpec, ...]:
        """The public actions that are called on a record."""
        return tuple(action for action in self.public_actions.values() if action.needs_record)

    @property
    def recordless_actions(self) -> tuple[ActionSpec, ...]:
        """The public actions that are not: they read, make records, or are about none."""
        return tuple(action for action in self.public_actions.values() if not action.needs_record)

    @property
    def leaves_events(self) -> bool:
        """Whether there is a change of it to be told of: a write that is not quiet, or one that goes with another's."""
        writes = [action for action in self.actions.values() if action.writes]
        affected = any(
            link.holds_key and link.on_delete is not OnDelete.RESTRICT for link in self.relationships.values()
        )
        return bool(writes) and (affected or not all(action.quiet for action in writes))

    @property
    def reader(self) -> ActionSpec | None:
        """The read that lists and gets records when nothing else is said: the first that needs no arguments."""
        reads = (action for action in self.actions.values() if action.kind is ActionKind.READ)
        return next((read for read in reads if not any(given.required for given in read.arguments.values())), None)
