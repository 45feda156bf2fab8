"""The extension that gives a domain its event log."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.compiler.tenancies.shared import shared_by_tenants
from framework.events.event import Event
from framework.events.log_epoch import LogEpoch
from framework.spec.domain import DomainSpec


def tenants_of_events(domain: DomainSpec) -> DomainSpec:
    """The domain with events told within the tenant of the record that they are about, where there are any."""
    return shared_by_tenants(domain, Event)


EVENTS = Extension("events", resources=(Event, LogEpoch), transformers=(tenants_of_events,))
