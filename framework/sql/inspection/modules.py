"""The tables of a catalog as the classes of a module: which are declared, under which names, and which cannot be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from framework.naming import plural, snake
from framework.sql.inspection.catalog import ColumnFound, TableFound
from framework.sql.inspection.classes import Names, TableWords
from framework.sql.inspection.column_words import type_words
from framework.sql.inspection.conditions import Unsayable
from framework.sql.inspection.module import ClassFound, Column, EnumFound, ModuleFound, Strange, Word
from framework.sql.inspection.safe_names import attribute_name, class_name, member_name

# What no class of a user's is called: the words that the module imports, and what extensions bring.
TAKEN = frozenset(
    {
        *("Annotated", "Any", "Attr", "Create", "Decimal", "Destroy", "Domain", "Event", "Field", "Job", "Many"),
        *("Mutation", "OnDelete", "One", "Query", "Read", "Resource", "StrEnum", "Subscription", "Table", "UUID"),
        *("Update", "Vector", "Node", "PageInfo", "STANDARD"),
    }
)
KEYS = ("int", "str", "UUID", "date", "datetime")


def module_of(tables: Sequence[TableFound], domain: str, strange: Strange) -> ModuleFound:
    """The declarations of these tables and views, as far as they can be said; what is `strange` cannot."""
    enums = _enums(tables)
    called = {place: found.name for place, found in enums.items()}
    left: list[str] = []
    keys: dict[str, ColumnFound] = {}
    for table in tables:
        try:
            keys[table.key] = _key_of(table, called, strange.columns)
        except Unsayable as reason:
            left.append(f"{table.key}: {reason}")
    names: dict[str, str] = {}
    for table in tables:
        if table.key in keys:
            taken = {*TAKEN, *called.values(), *names.values()}
            name = class_name(table.name, taken)
            names[table.key] = name if name not in taken else class_name(f"{table.schema}_{table.name}", taken)
    members = {found.name: {label: f"{found.name}.{name}" for name, label in found.members} for found in enums.values()}
    linked = {key: column for key, column in keys.items() if _is_table(key, tables)}
    known = Names(names, linked, called, members, strange)
    classes = [TableWords(table, known, keys[table.key].name).found() for table in tables if table.key in keys]
    return ModuleFound(domain, _with_inverses(classes), [*enums.values()], left)


def _is_table(key: str, tables: Sequence[TableFound]) -> bool:
    return any(table.key == key and not table.view for table in tables)


def _key_of(table: TableFound, enums: Mapping[tuple[str, str], str], strange: Mapping[Column, str]) -> ColumnFound:
    """The column that is the key; of a view that which looks like one. Raises Unsayable."""
    if table.kind == "f":
        raise Unsayable("a foreign table, which managed=False reads where it is declared by hand")
    if table.kind == "p" or table.child:
        raise Unsayable("a partitioned table" if table.kind == "p" else "a part or child of another table")
    primary = table.primary
    if table.view:
        return _guessed(table, enums)
    if primary is None:
        raise Unsayable("it has no primary key")
    if len(primary.columns) > 1:
        raise Unsayable(f"its key is of several columns: {', '.join(primary.columns)}")
    column = next(each for each in table.columns if each.name == primary.columns[0])
    if (table.key, column.name) in strange:
        raise Unsayable(f"its key `{column.name}`: {strange[table.key, column.name]}")
    try:
        kind = type_words(column, enums)[0]
    except Unsayable as reason:
        raise Unsayable(f"its key `{column.name}`: {reason} is none of ours") from None
    if kind not in KEYS or "timestamp" in column.type:
        raise Unsayable(f"its key `{column.name}` is of the type {column.type}")
    return column


def _guessed(table: TableFound, enums: Mapping[tuple[str, str], str]) -> ColumnFound:
    """The first column of a view whose name ends as a key's does."""
    for column in table.columns:
        if column.name.lower().endswith("id"):
            try:
                if type_words(column, enums)[0] in KEYS:
                    return column
            except Unsayable:
                continue
    raise Unsayable("a view of which no column looks like a key")


def _enums(tables: Sequence[TableFound]) -> dict[tuple[str, str], EnumFound]:
    found: dict[tuple[str, str], EnumFound] = {}
    for column in (column for table in tables for column in table.columns):
        if column.enum_name is None or column.enum_schema is None or not column.enum_name.isidentifier():
            continue
        place = (column.enum_schema, column.enum_name)
        if place not in found and column.enum:
            taken = {*TAKEN, *(each.name for each in found.values())}
            members: dict[str, str] = {}
            for label in column.enum:
                members[member_name(label, members)] = label
            name = class_name(column.enum_name, taken)
            found[place] = EnumFound(name, tuple(members.items()), f"The enum `{column.enum_name}` of the database.")
    return found


def _with_inverses(classes: Sequence[ClassFound]) -> list[ClassFound]:
    """The classes, each with the records that belong to its own, where one link alone leads here."""
    leading: defaultdict[tuple[str, str], list[Word]] = defaultdict(list)
    for each in classes:
        for link in each.links:
            leading[_target(link), each.name].append(link)
    found = []
    for each in classes:
        here = [holder for (target, holder), links in leading.items() if target == each.name and len(links) == 1]
        inverses: list[Word] = []
        for holder in here:
            name = attribute_name(plural(snake(holder)), _names_in(each, inverses))
            inverses.append(Word(name, "has_many()", f"Many[{holder}]"))
        found.append(replace(each, inverses=inverses))
    return found


def _names_in(found: ClassFound, inverses: Sequence[Word]) -> Collection[str]:
    words = (*found.attributes, *found.links, *found.rules, *inverses)
    keys = {f"{word.name}_id" for word in found.links}
    return {*(word.name for word in words), *keys, "browse", "create", "update", "destroy"}


def _target(link: Word) -> str:
    return str(link.annotation).removeprefix("One[").partition("]")[0].removesuffix(" | None")
