"""Declarations as plain data, the source that declares them, and the columns that they are kept in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal
from uuid import UUID, uuid4

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.derived import calculate
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.expr.build import moment
from framework.naming import table_name
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete
from framework.sql.section import Table
from tests.migrations.walk.kinds import FORMULAS, KINDS, Value

KEYS = {"uuid": ("UUID", "primary_key()"), "int": ("int", "sequence_key()")}
# Where a table may be, if not in the first of the search path.
SCHEMA = "Side"
# What stands for a value that the database makes, until it was read.
MADE = object()
NAMES = {
    each.__name__: each
    for each in (Attr, Decimal, One, OnDelete, Resource, Table, UUID, attribute, belongs_to, calculate, check, identity)
} | {
    "index": index,
    "moment": moment,
    "datetime": dt,
    "Literal": Literal,
    "primary_key": primary_key,
    "sequence_key": sequence_key,
    "uuid4": uuid4,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A value; `default` and `backfill` are values in a tuple of one, `of` is the field that it is filled from."""

    kind: str
    required: bool = False
    limit: str | None = None
    default: tuple[Value, ...] = ()
    backfill: tuple[Value, ...] = ()
    of: str | None = None
    was: str | None = None
    members: tuple[tuple[Value, Value], ...] = ()
    doc: str = ""

    def said(self, name: str) -> str:
        """The line that declares it."""
        kind = KINDS[self.kind]
        default = [f"default={value!r}" if value is not MADE else str(kind.made) for value in self.default]
        backfill = [f"backfill={value!r}" for value in self.backfill] or [
            f"backfill={each}" for each in [self.of] if each
        ]
        was = [f"renamed_from={self.was!r}"] if self.was else []
        was += [f"renamed_members={dict(self.members)!r}"] if self.members else []
        doc = [f"doc={self.doc!r}"] if self.doc else []
        words = [*filter(None, (kind.words, self.limit)), *default, *backfill, *was, *doc]
        return f"{name}: Attr[{kind.says}{'' if self.required else ' | None'}] = attribute({', '.join(words)})"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a record of a resource, kept in a column of its own name and `_id`."""

    target: str
    required: bool = False
    on_delete: str = "RESTRICT"
    was: str | None = None

    def said(self, name: str) -> str:
        """The line that declares it."""
        was = f", renamed_from={self.was!r}" if self.was else ""
        kind = self.target if self.required else f"{self.target} | None"
        return f"{name}: One[{kind}] = belongs_to(on_delete=OnDelete.{self.on_delete}{was})"


@dataclass(frozen=True, slots=True)
class Worked:
    """What is worked out of another field of this kind, and stored."""

    kind: str
    of: str
    formula: str

    def said(self, name: str) -> str:
        """The line that declares it."""
        says = KINDS[self.kind].says
        return f"{name}: Attr[{says} | None] = calculate({self.formula.format(self.of)}, stored=True)"

    def value(self, row: Mapping[str, Value]) -> Value:
        """What it is in a record."""
        value = row.get(self.of)
        return None if value is None else FORMULAS[self.kind][self.formula](value)


@dataclass(frozen=True, slots=True)
class Condition:
    """That a field is at least a number, or is not a text."""

    field: str
    operator: str
    value: Value

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {self.value!r}"

    def holds(self, row: Mapping[str, Value]) -> bool | None:
        """Whether it is true of a record; None where the value is absent."""
        value = row[self.field]
        if value is None:
            return None
        return bool(value >= self.value) if self.operator == ">=" else bool(value != self.value)


@dataclass(frozen=True, slots=True)
class Rule:
    """An identity, an index (`-name` descends, `~name` is the name's small letters) or a check, as it is declared."""

    word: str
    fields: tuple[str, ...] = ()
    where: Condition | None = None
    nulls_collide: bool = False
    kind: str = "btree"
    include: str | None = None

    def said(self, name: str) -> str:
        """The line that declares it."""
        if self.word == "check":
            return f"{name} = check({self.where})"
        words = [] if self.where is None else [f"where={self.where}"]
        words += ["nulls_not_distinct=True"] if self.nulls_collide else []
        words += [f"kind={self.kind!r}"] if self.kind != "btree" else []
        words += [f"include=[{self.include}]"] if self.include else []
        return f"{name} = {self.word}({', '.join([*map(_part, self.fields), *words])})"

    def mentions(self, name: str) -> bool:
        """Whether it speaks of a field."""
        fields = {*map(bare, self.fields), self.include}
        return name in fields or (self.where is not None and self.where.field == name)

    def renamed(self, names: Mapping[str, str]) -> Rule:
        """The same of fields with other names."""
        fields = tuple(each.removesuffix(bare(each)) + names.get(bare(each), bare(each)) for each in self.fields)
        where = self.where and replace(self.where, field=names.get(self.where.field, self.where.field))
        return replace(self, fields=fields, where=where, include=names.get(str(self.include), self.include))


def bare(part: str) -> str:
    """The field that a part of a rule is about."""
    return part.lstrip("-~")


def _part(part: str) -> str:
    return bare(part) + {"-": ".desc()", "~": ".lower()"}.get(part[0], "")


Part = Field | Link | Worked


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource."""

    key: str = "uuid"
    fields: Mapping[str, Part] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    was: str | None = None
    schema: str | None = None
    doc: str = ""

    @property
    def columns(self) -> dict[str, Part]:
        """What is kept, by the name of its column."""
        return {column_of(name, each): each for name, each in self.fields.items()}

    def source(self, name: str) -> Iterator[str]:
        """The lines that declare it."""
        yield f"class {name}(Resource):"
        if self.doc:
            yield f"    {self.doc!r}"
        if self.schema:
            yield f"    sections = (Table(schema={self.schema!r}),)"
        if self.was:
            yield f"    renamed_from = {self.was!r}"
        kind, word = KEYS[self.key]
        yield f"    id: Attr[{kind}] = {word}"
        # What is filled from another stands after it.
        fields = sorted(self.fields.items(), key=lambda part: getattr(part[1], "of", None) is not None)
        for part, each in (*fields, *self.rules.items()):
            yield f"    {each.said(part)}"


Model = Mapping[str, Thing]


def column_of(name: str, kept: Part) -> str:
    """The column that a field or a link is kept in."""
    return f"{name}_id" if isinstance(kept, Link) else name


def storage_of(kept: Part, model: Model) -> str:
    """The type of the column."""
    return model[kept.target].key if isinstance(kept, Link) else KINDS[kept.kind].storage


def source_of(model: Model) -> str:
    """The module that declares all of it."""
    lines = ["from __future__ import annotations"]
    for name, thing in model.items():
        lines += ["", *thing.source(name)]
    return "\n".join(lines) + "\n"


@cache
def _domain(source: str, names: tuple[str, ...], comments: bool) -> DomainSpec:  # noqa: FBT001
    module: dict[str, Any] = {**NAMES, "__name__": "walked"}
    exec(compile(source, "walked.py", "exec", dont_inherit=True), module)
    return compile_domain(Domain("walked", [module[name] for name in names], comments=comments))


def domain_of(model: Model, *, comments: bool = False) -> DomainSpec:
    """The module, run and compiled."""
    return _domain(source_of(model), (*model,), comments)


def place_of(name: str, thing: Thing) -> str:
    """The table's name, with its schema if it is in one of its own."""
    return table_name(name) if thing.schema is None else f"{thing.schema}.{table_name(name)}"


def table_of(name: str, thing: Thing) -> str:
    """The table's name in SQL."""
    return ".".join(f'"{part}"' for part in place_of(name, thing).split("."))
