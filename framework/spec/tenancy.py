"""Whose a record is: the attribute that says so, and what of a call's tenant that is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framework.errors import Source
from framework.types.type import Kind, Type

# What a tenant's key can be: it is said as a text, by requests and in jobs.
KINDS = frozenset({Kind.UUID, Kind.STRING, Kind.INTEGER})


@dataclass(frozen=True, slots=True)
class TenancySpec:
    """A resource whose records belong to tenants: `attribute` holds the tenant's key.

    Of a `shared` one, as events and jobs are, some records belong to none, and those are everybody's.
    """

    attribute: str
    source: Source
    shared: bool = False


def tenant_key(tenant: str | None, kind: Type) -> Any:
    """The key that a text says; None where it says none of that type."""
    if not tenant:
        return None
    key, issues = kind.cast_text(tenant)
    return None if issues else key
