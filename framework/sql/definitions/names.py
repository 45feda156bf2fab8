"""The names of everything in the database that a resource leads to."""

from __future__ import annotations

from collections.abc import Iterator

from framework.expr.nodes import Call, Node, walk
from framework.naming import constraint_name
from framework.spec.attribute import IdentitySpec, IndexKind, IndexSpec, names_in
from framework.spec.domain import DomainSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.sql.definitions.look_up_paths import foreign_keys, indexes_of
from framework.sql.section import standing_names, table_name_of


def primary_key_name(spec: ResourceSpec) -> str:
    """The constraint that the key is upheld by."""
    return _name(spec, "pk")


def foreign_key_name(link: RelationshipSpec, spec: ResourceSpec) -> str:
    """The constraint that a link is upheld by."""
    return _name(spec, "fk", link.attribute)


def identity_name(identity: IdentitySpec, spec: ResourceSpec) -> str:
    """The constraint, or the unique index, that an identity is upheld by."""
    parts = identity.attributes if identity.whole else (*identity.attributes, identity.name)
    return _name(spec, "uq", *parts)


def exclusion_name(exclusion: str, spec: ResourceSpec) -> str:
    """The constraint that an exclusion is upheld by."""
    return _name(spec, "ex", exclusion)


def check_name(check: str, spec: ResourceSpec) -> str:
    """The constraint that a declared check is upheld by."""
    return _name(spec, "ck", check)


def rule_name(attribute: str, rule: str, spec: ResourceSpec) -> str:
    """The constraint that a limit of an attribute is upheld by."""
    return _name(spec, "ck", attribute, rule)


def index_name(index: IndexSpec, spec: ResourceSpec) -> str:
    """The index of a look-up path; a partial one is told from a whole one over the same values, and kinds apart."""
    parts = [_word(part.node) + ("_desc" if part.descending else "") for part in index.parts]
    kind = [] if index.kind is IndexKind.BTREE else [index.kind.value]
    return _name(spec, "ix", *parts, *kind, *([index.among] if index.where is not None else []))


def _word(node: Node) -> str:
    """What an index is called after: the attribute, or the attributes and functions of an expression."""
    functions = [part.function.value for part in walk(node) if isinstance(part, Call)]
    return "_".join([*names_in(node), *functions])


def _name(spec: ResourceSpec, kind: str, *parts: str) -> str:
    """The name that was said, or else the derived one."""
    derived = constraint_name(kind, table_name_of(spec), *parts)
    return standing_names(spec).get(derived, derived)


def rule_names(spec: ResourceSpec) -> Iterator[str]:
    """The constraints that the limits of attributes may be upheld by."""
    for attribute in spec.attributes.values():
        for rule in ("choices", *attribute.type.limits.said()):
            yield rule_name(attribute.name, rule, spec)


def upheld_links(spec: ResourceSpec, domain: DomainSpec) -> list[RelationshipSpec]:
    """The links that a foreign key upholds."""
    return [link for link in spec.relationships.values() if domain.upholds(spec, link)]


def named(spec: ResourceSpec) -> Iterator[tuple[str, str]]:
    """The word of the declaration and the name it leads to, for all that has to be unique in a table."""
    yield spec.key.name, primary_key_name(spec)
    for link in foreign_keys(spec):
        yield link.name, foreign_key_name(link, spec)
    for identity in spec.identities.values():
        yield identity.name, identity_name(identity, spec)
    for exclusion in spec.exclusions.values():
        yield exclusion.name, exclusion_name(exclusion.name, spec)
        yield exclusion.name, rule_name(exclusion.end, exclusion.name, spec)
    for check in spec.checks.values():
        yield check.name, check_name(check.name, spec)
    for index in indexes_of(spec):
        yield "index", index_name(index, spec)
