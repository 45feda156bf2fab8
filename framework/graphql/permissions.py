"""Whether one may, as fields: `viewerCan` of a record, for what may be done with it, and of the query, for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strawberry.types.info import Info

from framework.actions.permission.on_records import permissions_without_record
from framework.actions.query import PERMISSIONS
from framework.graphql.build import Field, FieldResolution, fill, maybe, object_type
from framework.graphql.context import context_of
from framework.graphql.names import CAN, VIEWER_CAN, permissions_type, permitted_field
from framework.graphql.selection import chosen, names_of
from framework.naming import camel
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

ALLOWED = "Whether the viewer may do this; null where that hangs on the record that it would make."
REASON = "What it takes, where the viewer may not or it is not known; the same for every record."


class PermissionTypes:
    """The types of one schema that say what the viewer may. There are none where nobody is refused anything."""

    def __init__(self, domain: DomainSpec) -> None:
        self._domain = domain
        self._one = object_type("ActionPermission", "Whether the viewer may do something.")
        fill(self._one, [Field("allowed", maybe(bool), ALLOWED), Field("reason", maybe(str), REASON)])

    def of_record(self, spec: ResourceSpec) -> list[Field]:
        """The field of a record; none where nothing may be done with it."""
        actions = spec.record_actions if self._domain.has_policies else ()
        if not actions:
            return []
        made = object_type(permissions_type(spec), f"What the viewer may do with one {spec.name}.")
        fill(made, [Field(camel(action.name), self._one, action.doc, source=action.name) for action in actions])
        return [Field(CAN, made, "What the viewer may do with it, whatever state it is in.", source=PERMISSIONS)]

    def of_query(self) -> list[Field]:
        """The field of the query; none where there is nothing to do without a record."""
        named = {
            permitted_field(spec, action): (spec, action)
            for spec in (self._domain.resources.values() if self._domain.has_policies else ())
            for action in spec.recordless_actions
        }
        if not named:
            return []
        made = object_type(VIEWER_CAN, "What the viewer may read, make and run, by the names of the fields for it.")
        fill(made, [Field(name, self._one, action.doc) for name, (_, action) in named.items()])

        def resolve(_source: Any, info: Info, _arguments: Mapping[str, Any]) -> dict[str, Any]:
            session = context_of(info.context).session
            asked = {name: named[name] for name in names_of(chosen(info)) if name in named}
            specs = {spec.name: spec for spec, _ in asked.values()}
            found = {name: permissions_without_record(session, spec) for name, spec in specs.items()}
            return {name: found[spec.name][action.name].told() for name, (spec, action) in asked.items()}

        doc = "What the viewer may do that is about no record as yet."
        return [Field(CAN, made, doc, resolve=resolve, resolution=FieldResolution.SYNC)]
