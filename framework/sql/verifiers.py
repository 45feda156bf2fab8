"""What may not be said about stored resources."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from framework.errors import Problem, Source
from framework.naming import MAX_IDENTIFIER
from framework.spec.attribute import IndexSpec
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference
from framework.spec.relationship import OnDelete
from framework.spec.resource import ResourceSpec
from framework.sql.definitions.index_kinds import objections
from framework.sql.definitions.look_up_paths import beginnings
from framework.sql.definitions.names import named, rule_names
from framework.sql.section import Table, standing_names, table_name_of, table_schema_of
from framework.suggest import did_you_mean
from framework.types.type import Kind


def one_table_each(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to two resources in one table."""
    taken: dict[tuple[str | None, str], ResourceSpec] = {}
    for spec in domain.stored:
        other = taken.setdefault((table_schema_of(spec), table_name_of(spec)), spec)
        if other is not spec:
            says = f"its table `{table_name_of(spec)}` is that of `{other.name}` already"
            yield Problem(spec.source, spec.name, says, 'give it another: `sections = (Table("..."),)`')


def places_are_named(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to names of tables and schemas that cannot be spoken of, and to schemas that are PostgreSQL's own."""
    for spec in domain.stored:
        schema = table_schema_of(spec)
        for name in (table_name_of(spec), schema):
            if name is not None and (not name.strip() or "." in name):
                says = f"`{name}` is no name of a table or schema: it is empty, or has a dot in it"
                yield Problem(spec.source, spec.name, says, 'name the schema apart: Table("notes", schema="crm")')
        if schema is not None and (schema.startswith("pg_") or schema == "information_schema"):
            says = f"the schema `{schema}` is PostgreSQL's own"
            yield Problem(spec.source, spec.name, says, "call yours otherwise, without pg_ at its beginning")


def others_tables_are_left_alone(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to words about a table of others that only its owner can act on."""
    for spec in domain.stored:
        for link in spec.relationships.values():
            if link.holds_key and not domain.upholds(spec, link) and link.on_delete is not OnDelete.RESTRICT:
                says = "leads from or to a table of others (managed=False), so nothing is done here when a record goes"
                yield Problem(link.source, f"{spec.name}.{link.name}", says, "leave out on_delete")
        if spec.managed:
            continue
        hint = "leave it out, or leave out managed=False"
        for check in spec.checks.values():
            says = "is no rule of a table of others (managed=False), which we give none"
            yield Problem(check.source, f"{spec.name}.{check.name}", says, hint)
        for index in spec.indexes:
            says = "is an index, and a table of others (managed=False) is given none"
            yield Problem(index.source, f"{spec.name}.index", says, hint)
        for action in spec.actions.values():
            if action.orders:
                says = "are what indexes serve, and a table of others (managed=False) is given none"
                yield Problem(action.source, f"{spec.name}.{action.name}.orders", says, hint)
        renamed = [attribute.renamed_from for attribute in spec.attributes.values()]
        if any(name is not None for name in (spec.renamed_from, *renamed)):
            says = "is a table of others (managed=False), which is not renamed here"
            yield Problem(spec.source, spec.name, says, "leave out renamed_from")


def names_fit(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to names that PostgreSQL would cut, and to two things of one name."""
    for spec in domain.stored:
        columns = {attribute.name: attribute.column_name for attribute in spec.attributes.values()}
        for word, name in [("", table_name_of(spec)), ("", table_schema_of(spec) or ""), *columns.items()]:
            if len(name.encode()) > MAX_IDENTIFIER:
                says = f"`{name}` is longer than the {MAX_IDENTIFIER} bytes that PostgreSQL keeps of a name"
                yield Problem(_source(spec, word), f"{spec.name}.{word}" if word else spec.name, says)
        met: set[str] = set()
        for word, name in named(spec):
            if name in met:
                says = f"another rule of the resource leads to the name `{name}` as well"
                yield Problem(_source(spec, word), f"{spec.name}.{word}", says, "leave one of them out")
            met.add(name)


def names_are_led_to(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a name said in the place of one that nothing leads to."""
    for spec in domain.stored:
        path = f"{spec.name}.sections"
        plain = replace(spec, sections={**spec.sections, Table: Table(table_name_of(spec))})
        there = {name for _, name in named(plain)} | {*rule_names(plain)}
        for derived, standing in standing_names(spec).items():
            if derived not in there:
                hint = _renamed(derived, there - standing_names(spec).keys()) or did_you_mean(derived, there)
                hint = hint or f"there are {', '.join(sorted(there))}"
                yield Problem(spec.source, path, f"nothing leads to the name `{derived}`", hint)
            elif not standing:
                yield Problem(spec.source, path, f"the name for `{derived}` is empty", "write the one that stands")


def _renamed(derived: str, unsaid: Collection[str]) -> str | None:
    """What a name may be derived as by now: those of its kind that none is said for."""
    alike = sorted(name for name in unsaid if name.partition("_")[0] == derived.partition("_")[0])
    return f"where what it is of was renamed, it is one of these now: {', '.join(alike)}" if alike else None


def one_kind_of_choice(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an enum or literal of which some values are text and others numbers: a column has one type."""
    for spec in domain.stored:
        for attribute in spec.attributes.values():
            kinds = {type(choice) for choice in attribute.type.choices}
            if attribute.type.kind in (Kind.ENUM, Kind.LITERAL) and len(kinds) > 1:
                says = "its choices are of several types: " + ", ".join(sorted(kind.__name__ for kind in kinds))
                yield Problem(attribute.source, f"{spec.name}.{attribute.name}", says, "use text for all of them")


def possible_indexes(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an index of a kind that there is not for such values, and to words that its kind does not have."""
    for spec in domain.stored:
        said = [(f"{spec.name}.index", index) for index in spec.indexes]
        for action in spec.actions.values():
            said += [(f"{spec.name}.{action.name}.orders", IndexSpec(order, action.source)) for order in action.orders]
        for path, index in said:
            found = {place: Inference(domain).infer(part.node, (spec,)) for place, part in enumerate(index.parts)}
            types = {place: each.type for place, each in found.items() if each.type is not None and each.kind}
            for says, hint in objections(index, types):
                yield Problem(index.source, path, says, hint)


def no_index_twice(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an index that is the beginning of what an order of a read leads to."""
    for spec in domain.stored:
        for index, read in beginnings(spec) if spec.managed else ():
            says = f"is the beginning of an index that `{read.name}` has for its lists, which serves the same"
            yield Problem(
                index.source, f"{spec.name}.index", says, f"leave it out, or say {read.name} = Read(index=False)"
            )


def _source(spec: ResourceSpec, word: str) -> Source:
    for said in (spec.relationships, spec.identities, spec.exclusions, spec.checks, spec.attributes):
        if word in said:
            return said[word].source
    return spec.source
