"""What may not be said about stored resources."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem, Source
from framework.expr.nodes import ActorFact, Aggregate, Arg, Call, Function, Node, Ref, Some, walk
from framework.naming import MAX_IDENTIFIER
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete
from framework.spec.resource import ResourceSpec
from framework.sql.names import foreign_keys, named
from framework.sql.section import table_name_of
from framework.types.type import Kind

CHANGING = frozenset({Function.NOW, Function.TRANSACTION, Function.HORIZON})


def one_table_each(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to two resources in one table."""
    taken: dict[str, ResourceSpec] = {}
    for spec in domain.stored:
        other = taken.setdefault(table_name_of(spec), spec)
        if other is not spec:
            says = f"its table `{table_name_of(spec)}` is that of `{other.name}` already"
            yield Problem(spec.source, spec.name, says, 'give it another: `sections = (Table("..."),)`')


def names_fit(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to names that PostgreSQL would cut, and to two things of one name."""
    for spec in domain.stored:
        for name in (table_name_of(spec), *spec.attributes):
            if len(name.encode()) > MAX_IDENTIFIER:
                says = f"`{name}` is longer than the {MAX_IDENTIFIER} bytes that PostgreSQL keeps of a name"
                path = f"{spec.name}.{name}" if name in spec.attributes else spec.name
                yield Problem(_source(spec, name), path, says)
        met: set[str] = set()
        for word, name in named(spec):
            if name in met:
                says = f"another rule of the resource leads to the name `{name}` as well"
                yield Problem(_source(spec, word), f"{spec.name}.{word}", says, "leave one of them out, or rename it")
            met.add(name)


def one_kind_of_choice(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an enum or literal of which some values are text and others numbers: a column has one type."""
    for spec in domain.stored:
        for attribute in spec.attributes.values():
            kinds = {type(choice) for choice in attribute.type.choices}
            if attribute.type.kind in (Kind.ENUM, Kind.LITERAL) and len(kinds) > 1:
                says = "its choices are of several types: " + ", ".join(sorted(kind.__name__ for kind in kinds))
                yield Problem(attribute.source, f"{spec.name}.{attribute.name}", says, "use text for all of them")


def constant_rules(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a definition that speaks of anything but the record's own values, or changes by itself."""
    for spec in domain.stored:
        for word, source, node in _definitions(spec):
            found = _beyond(node, spec)
            if found is not None:
                hint = "a rule in the database sees one record alone; put the rest in the action"
                yield Problem(source, f"{spec.name}.{word}", f"it speaks of {found}", hint)


def droppable_links(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a link that is to become absent, and may not be."""
    for spec in domain.stored:
        for link in foreign_keys(spec):
            if link.on_delete is OnDelete.SET_NULL and not link.nullable:
                says = f"on_delete=SET_NULL, but the link to {link.target} may not be absent"
                yield Problem(link.source, f"{spec.name}.{link.name}", says, f"write `One[{link.target} | None]`")
            if not domain.target(link).stored:
                says = f"`{link.target}` has no table to belong to"
                yield Problem(link.source, f"{spec.name}.{link.name}", says)


def _definitions(spec: ResourceSpec) -> Iterator[tuple[str, Source, Node]]:
    for check in spec.checks.values():
        yield check.name, check.source, check.node
    for identity in spec.identities.values():
        if identity.where is not None:
            yield identity.name, identity.source, identity.where
    for index in spec.indexes:
        if index.where is not None:
            yield "index", index.source, index.where


def _beyond(node: Node, spec: ResourceSpec) -> str | None:
    for part in walk(node):
        match part:
            case Ref((_, _, *_)) | Some() | Aggregate():
                return "other records"
            case Ref((name,)) if name in spec.derived:
                inner = _beyond(spec.derived[name].node, spec)
                if inner is not None:
                    return inner
            case Arg() | ActorFact():
                return "the caller"
            case Call(function) if function in CHANGING:
                return "the time" if function is Function.NOW else "the transaction"
            case _:
                continue
    return None


def _source(spec: ResourceSpec, word: str) -> Source:
    for said in (spec.relationships, spec.identities, spec.checks, spec.attributes):
        if word in said:
            return said[word].source
    return spec.source
