"""The names of everything in the database that a resource leads to."""

from __future__ import annotations

from collections.abc import Iterator

from framework.naming import constraint_name
from framework.spec.attribute import IdentitySpec, IndexSpec
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.section import table_name_of


def foreign_key_name(link: RelationshipSpec, table: str) -> str:
    """The constraint that a link is upheld by."""
    return constraint_name("fk", table, link.attribute)


def identity_name(identity: IdentitySpec, table: str) -> str:
    """The constraint, or the partial index, that an identity is upheld by."""
    parts = identity.attributes if identity.where is None else (*identity.attributes, identity.name)
    return constraint_name("uq", table, *parts)


def check_name(check: str, table: str) -> str:
    """The constraint that a declared check is upheld by."""
    return constraint_name("ck", table, check)


def rule_name(attribute: str, rule: str, table: str) -> str:
    """The constraint that a limit of an attribute is upheld by."""
    return constraint_name("ck", table, attribute, rule)


def index_name(index: IndexSpec, table: str) -> str:
    """The index of a look-up path; a partial one is told from a whole one over the same values."""
    parts = [name.removeprefix("-") + ("_desc" if name.startswith("-") else "") for name in index.attributes]
    return constraint_name("ix", table, *parts, *(["partial"] if index.where is not None else []))


def foreign_keys(spec: ResourceSpec) -> list[RelationshipSpec]:
    """The links whose key this resource holds."""
    return [link for link in spec.relationships.values() if link.holds_key]


def upheld_links(spec: ResourceSpec, domain: DomainSpec) -> list[RelationshipSpec]:
    """The links that a foreign key upholds."""
    return [link for link in spec.relationships.values() if domain.upholds(spec, link)]


def indexes_of(spec: ResourceSpec) -> Iterator[IndexSpec]:
    """The look-up paths declared, and one for every link, as deleting and loading need it.

    A link has none of its own where another index, or what is unique, begins with its key already.
    """
    leading = {index.attributes[0] for index in spec.indexes if index.where is None}
    leading |= {identity.attributes[0] for identity in spec.identities.values() if identity.where is None}
    yield from spec.indexes
    for link in foreign_keys(spec):
        if not leading & {link.attribute, f"-{link.attribute}"}:
            yield IndexSpec((link.attribute,), link.source)


def named(spec: ResourceSpec) -> Iterator[tuple[str, str]]:
    """The word of the declaration and the name it leads to, for all that has to be unique in a table."""
    table = table_name_of(spec)
    yield "id", constraint_name("pk", table)
    for link in foreign_keys(spec):
        yield link.name, foreign_key_name(link, table)
    for identity in spec.identities.values():
        yield identity.name, identity_name(identity, table)
    for check in spec.checks.values():
        yield check.name, check_name(check.name, table)
    for index in indexes_of(spec):
        yield "index", index_name(index, table)
