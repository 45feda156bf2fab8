"""The compiled domain as JSON: what `dspex spec --json` prints, and what another tool may build on.

Files and lines are left out, so that the same declarations give the same dump on every machine. `FORMAT` counts up
when a name in here is renamed or loses its meaning; a new name does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.spec.action import ActionKind, ActionSpec, ArgumentSpec, JobSpec, StateMachineSpec
from framework.spec.attribute import (
    AttributeSpec,
    CheckSpec,
    DerivedSpec,
    ExclusionSpec,
    IdentitySpec,
    IndexPart,
    IndexSpec,
    names_in,
)
from framework.spec.domain import DomainSpec
from framework.spec.dump_values import dump_default, dump_node, dump_type, plain
from framework.spec.policy import FieldPolicySpec, PolicySpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec

FORMAT = 1


def dump_domain(domain: DomainSpec) -> dict[str, Any]:
    """Everything that was said and everything implied, in the order declared."""
    return {
        "format": FORMAT,
        "domain": domain.name,
        "resources": [dump_resource(spec) for spec in domain.resources.values()],
        "after_migrate": [str(verb) for verb in domain.after_migrate],
        "layers": {ref.name: str(ref.opener) for ref in domain.layers},
    }


def dump_resource(spec: ResourceSpec) -> dict[str, Any]:
    """One resource, as `dspex show` prints it."""
    return {
        "name": spec.name,
        "doc": spec.doc,
        "stored": spec.stored,
        **({"commented": True} if spec.commented else {}),
        "attributes": [_attribute(attribute) for attribute in spec.attributes.values()],
        "derived": [_derived(derived) for derived in spec.derived.values()],
        "relationships": [_relationship(link) for link in spec.relationships.values()],
        "identities": [_identity(identity) for identity in spec.identities.values()],
        "exclusions": [_exclusion(exclusion) for exclusion in spec.exclusions.values()],
        "checks": [_check(check) for check in spec.checks.values()],
        "indexes": [_index(index) for index in spec.indexes],
        **({} if spec.retention is None else {"retention": _retention(spec.retention)}),
        "state_machine": None if spec.machine is None else _machine(spec.machine),
        **_who_may(spec),
        "actions": [_action(action) for action in spec.actions.values()],
        "sections": {kind.__name__: plain(section) for kind, section in spec.sections.items()},
    }


def _attribute(spec: AttributeSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "type": dump_type(spec.type),
        "doc": spec.doc,
        "primary_key": spec.primary_key,
        "origin": spec.origin.value,
        "required": spec.required,
        "default": dump_default(spec.default),
        "computed": dump_node(spec.computed),
        "visibility": spec.visibility.value,
        "sensitive": spec.sensitive,
        **({} if spec.column is None else {"column": spec.column}),
        **({} if spec.column_type is None else {"column_type": str(spec.column_type)}),
    }


def _derived(spec: DerivedSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "type": dump_type(spec.type),
        "doc": spec.doc,
        "expression": dump_node(spec.node),
        "visibility": spec.visibility.value,
    }


def _relationship(spec: RelationshipSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "target": spec.target,
        "many": spec.many,
        "holds_key": spec.holds_key,
        "attribute": spec.attribute,
        "target_attribute": spec.target_attribute,
        "nullable": spec.nullable,
        # A has_many has no key of its own to lose.
        "on_delete": spec.on_delete.value if spec.holds_key else None,
        "inverse": spec.inverse,
        **({} if spec.indexed else {"indexed": False}),
        "doc": spec.doc,
        "visibility": spec.visibility.value,
    }


def _identity(spec: IdentitySpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "attributes": list(spec.attributes),
        "parts": [dump_node(part) for part in spec.parts],
        "where": dump_node(spec.where),
        "nulls_not_distinct": spec.nulls_not_distinct,
        "message": spec.message,
        **({} if spec.deferrable else {"deferrable": False}),
        **({"across_tenants": True} if spec.across_tenants else {}),
    }


def _exclusion(spec: ExclusionSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "parts": [dump_node(part) for part in spec.parts],
        "overlapping": [spec.start, spec.end],
        "where": dump_node(spec.where),
        "message": spec.message,
    }


def _check(spec: CheckSpec) -> dict[str, Any]:
    return {"name": spec.name, "condition": dump_node(spec.node), "message": spec.message}


def _index(spec: IndexSpec) -> dict[str, Any]:
    return {
        "attributes": _order(spec.parts),
        "parts": [{"expression": dump_node(part.node), "descending": part.descending} for part in spec.parts],
        "kind": spec.kind.value,
        "include": list(spec.include),
        "operators": spec.operators,
        "options": dict(spec.options),
        "where": dump_node(spec.where),
    }


def _order(parts: Sequence[IndexPart]) -> list[str]:
    """The attributes, those that descend with a `-`."""
    return [("-" if part.descending else "") + name for part in parts for name in names_in(part.node)]


def _retention(spec: RetentionSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "after": spec.after.total_seconds(),
        "since": spec.since,
        "where": dump_node(spec.where),
        "order": list(spec.order),
        **({} if spec.partition_every is None else {"partition_every": spec.partition_every.total_seconds()}),
    }


def _machine(spec: StateMachineSpec) -> dict[str, Any]:
    return {
        "attribute": spec.attribute,
        "initial": spec.initial,
        "states": list(spec.states),
        **({} if spec.indexed else {"indexed": False}),
        "moves": {name: {"from": list(move.sources), "to": move.target} for name, move in spec.transitions.items()},
    }


def _action(spec: ActionSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "kind": spec.kind.value,
        "doc": spec.doc,
        "accept": list(spec.accept),
        "arguments": [_argument(argument) for argument in spec.arguments.values()],
        "steps": [step.says() for step in spec.steps],
        "move": None if spec.transition is None else spec.transition.target,
        "pagination": plain(spec.pagination) if spec.kind is ActionKind.READ else None,
        "where": dump_node(spec.filter),
        **({"orders": [_order(order) for order in spec.orders]} if spec.orders else {}),
        **({} if spec.indexed else {"indexed": False}),
        **({"past": list(spec.past)} if spec.past else {}),
        "returns": dump_type(spec.returns),
        "run": None if spec.run is None else str(spec.run),
        "scope": spec.scope.value,
        "quiet": spec.quiet,
        "job": None if spec.job is None else _job(spec.job),
        "visibility": spec.visibility.value,
    }


def _who_may(spec: ResourceSpec) -> dict[str, Any]:
    """Only what was said: a domain without policies knows none of these words."""
    said: dict[str, Any] = {
        "policies": [_policy(policy) for policy in spec.policies],
        "field_policies": [_field(policy) for policy in spec.field_policies.values()],
        "base": {name: dump_node(filtered.condition.met) for name, filtered in spec.base.items()},
        "tenancy": None if spec.tenancy is None else spec.tenancy.attribute,
    }
    return {word: what for word, what in said.items() if what}


def _policy(spec: PolicySpec) -> dict[str, Any]:
    return {
        "effect": spec.effect.value,
        "actions": list(spec.names),
        "kinds": [kind.value for kind in spec.kinds],
        "when": dump_node(spec.when),
        "because": spec.because,
    }


def _field(spec: FieldPolicySpec) -> dict[str, Any]:
    return {"name": spec.name, "readable": dump_node(spec.reading), "writable": dump_node(spec.writing)}


def _argument(spec: ArgumentSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "type": dump_type(spec.type),
        "doc": spec.doc,
        "default": dump_default(spec.default),
        "sensitive": spec.sensitive,
    }


def _job(spec: JobSpec) -> dict[str, Any]:
    return {
        "queue": spec.queue,
        "progress": dump_type(spec.progress),
        "retry": plain(spec.retry),
        "on_failed": spec.on_failed,
        "on_cancelled": spec.on_cancelled,
        "on_paused": spec.on_paused,
        "on_resumed": spec.on_resumed,
        "while_live": spec.while_live,
        "every": spec.every,
        "cron": spec.cron,
        "missed": spec.missed,
        "fair_by": spec.fair_by,
    }
