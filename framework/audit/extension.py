"""The extension AUDIT: events say what was before, and what was refused is kept."""

from __future__ import annotations

from dataclasses import replace

from framework.audit.refusal import Refusal
from framework.compiler.extension import Extension
from framework.compiler.tenancies.shared import shared_by_tenants
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec

CHANGES = (ActionKind.UPDATE, ActionKind.DESTROY)


def with_what_was_before(domain: DomainSpec) -> DomainSpec:
    """The domain with changes whose events say what the record was; not those of what extensions bring."""
    return replace(domain, resources={name: _audited(spec) for name, spec in domain.resources.items()})


def tenants_of_refusals(domain: DomainSpec) -> DomainSpec:
    """The domain with refusals told within the tenant that they were asked in, where there are any."""
    return shared_by_tenants(domain, Refusal)


def _audited(spec: ResourceSpec) -> ResourceSpec:
    if spec.brought or not spec.stored:
        return spec
    return replace(spec, actions={name: _told_fully(action) for name, action in spec.actions.items()})


def _told_fully(action: ActionSpec) -> ActionSpec:
    return replace(action, audited=True) if action.kind in CHANGES and not action.quiet else action


AUDIT = Extension("audit", resources=(Refusal,), transformers=(with_what_was_before, tenants_of_refusals))
