"""Whose the records of a class are."""

from __future__ import annotations

from dataclasses import dataclass

from framework.declare.source import here
from framework.errors import Source


@dataclass(frozen=True, slots=True)
class TenancyOptions:
    """What was said of the tenants that records belong to."""

    source: Source
    field: object


def by_column(field: object) -> TenancyOptions:
    """Each record belongs to the tenant whose key is in the attribute: `tenancy = by_column(organization)`.

    It is an attribute, or a `belongs_to` to the tenants' own table. A record that is made gets the tenant of the call,
    and whoever acts in one tenant meets no record of another.
    """
    return TenancyOptions(here(), field)
