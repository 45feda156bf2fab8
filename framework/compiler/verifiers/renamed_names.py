"""What was renamed has another name now, and is one thing only: whatever else is said would move data nobody meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from framework.errors import Problem, Source
from framework.naming import foreign_key_name
from framework.spec.attribute import AttributeSpec
from framework.spec.column_type import ColumnType
from framework.spec.domain import DomainSpec

BY_HAND = "two that exchange their names say it where the step is asked for: --rename "

OWN = "leave it out; where its column alone has another name now, say what that was called"
OWN_TABLE = "leave it out; where its table alone has another name now, say what that was called"


def renamed_names(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to an old name that is still declared, that two things had, or that is no name."""
    resources = {name: (spec.renamed_from, spec.source) for name, spec in domain.resources.items()}
    yield from _renamed(resources, "", {name: name for name in resources})
    for spec in domain.resources.values():
        links = {link.attribute for link in spec.relationships.values() if link.holds_key}
        attributes = {a.name: (a.renamed_from, a.source) for a in spec.attributes.values() if a.name not in links}
        holders = {r.name: (r.renamed_from, r.source) for r in spec.relationships.values() if r.holds_key}
        names = {link.attribute: link.name for link in spec.relationships.values() if link.holds_key}
        columns = {a.column_name: names.get(a.name, a.name) for a in spec.attributes.values()}
        yield from _renamed({**attributes, **holders}, f"{spec.name}.", columns)
        for attribute in spec.attributes.values():
            yield from _members(attribute, f"{spec.name}.{attribute.name}.renamed_members")


def _renamed(known: Mapping[str, tuple[object, Source]], path: str, columns: Mapping[str, str]) -> Iterator[Problem]:
    """`columns` are what the known ones are kept in: a resource by its own name, as its table is not known here."""
    taken: dict[str, str] = {}
    moved = {name for name in known if columns.get(name, columns.get(foreign_key_name(name))) != name}
    for name, (old, source) in known.items():
        where = f"{path}{name}.renamed_from"
        if old is None:
            continue
        if not isinstance(old, str) or not old:
            yield Problem(source, where, f"`{old!r}` is no name", "write a text")
        elif old == name and name not in moved:
            yield Problem(source, where, f"`{old}` is its own name still", OWN if path else OWN_TABLE)
        elif old in known and old != name:
            yield Problem(
                source, where, f"`{old}` is declared still", f"{BY_HAND}{path}{old}={name} --rename {path}{name}={old}"
            )
        elif columns.get(old, name) != name:
            says = f"`{old}` is the column of `{columns[old]}`, which is declared still"
            yield Problem(source, where, says, "leave one of them out, or give that one another column")
        elif old in taken:
            says = f"`{taken[old]}` was renamed from `{old}` already"
            yield Problem(source, where, says, "leave one of them out")
        else:
            taken[old] = name


def _members(attribute: AttributeSpec, path: str) -> Iterator[Problem]:
    """Members are of an enum or literal, or of a list or map of one: further within, no migration finds them."""
    kind = attribute.type if attribute.type.item is None else attribute.type.item
    if attribute.renamed_members and not kind.choices:
        yield Problem(attribute.source, path, "only an enum or a Literal has members, alone or in a list or map")
        return
    said = attribute.column_type
    if attribute.renamed_members and said is not None and said.named:
        hint = f"write it in a step of your own: {'; '.join(_relabelled(said, attribute.renamed_members))}"
        yield Problem(attribute.source, path, f"the members are labels of `{said}`, an enum of the database", hint)
        return
    for old, new in attribute.renamed_members.items():
        if old in kind.choices:
            hint = "to exchange two, give one of them a new name first, in a step of its own"
            yield Problem(attribute.source, path, f"`{old}` is a member still", hint)
        if new not in kind.choices:
            known = ", ".join(map(str, kind.choices))
            yield Problem(attribute.source, path, f"`{new}` is none of the members: {known}")


def _relabelled(kind: ColumnType, members: Mapping[object, object]) -> Iterator[str]:
    """The statements; a name with capitals in it is another one without its quotes."""
    name = ".".join(f'"{part}"' for part in (kind.schema, kind.name) if part is not None)
    for pair in members.items():
        old, new = (str(member).replace("'", "''") for member in pair)
        yield f"ALTER TYPE {name} RENAME VALUE '{old}' TO '{new}'"
