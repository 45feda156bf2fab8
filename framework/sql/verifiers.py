"""What may not be said about stored resources."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem, Source
from framework.naming import MAX_IDENTIFIER
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.names import named
from framework.sql.section import table_name_of
from framework.types.type import Kind


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
                yield Problem(_source(spec, word), f"{spec.name}.{word}", says, "leave one of them out")
            met.add(name)


def one_kind_of_choice(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an enum or literal of which some values are text and others numbers: a column has one type."""
    for spec in domain.stored:
        for attribute in spec.attributes.values():
            kinds = {type(choice) for choice in attribute.type.choices}
            if attribute.type.kind in (Kind.ENUM, Kind.LITERAL) and len(kinds) > 1:
                says = "its choices are of several types: " + ", ".join(sorted(kind.__name__ for kind in kinds))
                yield Problem(attribute.source, f"{spec.name}.{attribute.name}", says, "use text for all of them")


def _source(spec: ResourceSpec, word: str) -> Source:
    for said in (spec.relationships, spec.identities, spec.checks, spec.attributes):
        if word in said:
            return said[word].source
    return spec.source
