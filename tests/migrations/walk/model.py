"""Declarations as plain data, the source that declares them, and the columns that they are kept in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.expr.build import moment
from framework.naming import table_name
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete
from tests.migrations.walk.kinds import KINDS, Value

KEYS = {"uuid": ("UUID", "primary_key()"), "int": ("int", "sequence_key()")}
# What stands for a value that the database makes, until it was read.
MADE = object()
NAMES = {
    each.__name__: each
    for each in (Attr, Decimal, One, OnDelete, Resource, UUID, attribute, belongs_to, check, identity, index, moment)
} | {"datetime": dt, "Literal": Literal, "primary_key": primary_key, "sequence_key": sequence_key, "uuid4": uuid4}


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

    def said(self, name: str) -> str:
        """The line that declares it."""
        kind = KINDS[self.kind]
        default = [f"default={value!r}" if value is not MADE else str(kind.made) for value in self.default]
        backfill = [f"backfill={value!r}" for value in self.backfill] or [
            f"backfill={each}" for each in [self.of] if each
        ]
        was = [f"renamed_from={self.was!r}"] if self.was else []
        words = [*filter(None, (kind.words, self.limit)), *default, *backfill, *was]
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
    """An identity, an index (`-name` descends) or a check, in the words of the declaration."""

    word: str
    fields: tuple[str, ...] = ()
    where: Condition | None = None

    def said(self, name: str) -> str:
        """The line that declares it."""
        if self.word == "check":
            return f"{name} = check({self.where})"
        fields = [f"{each[1:]}.desc()" if each.startswith("-") else each for each in self.fields]
        where = [] if self.where is None else [f"where={self.where}"]
        return f"{name} = {self.word}({', '.join([*fields, *where])})"

    def mentions(self, name: str) -> bool:
        """Whether it speaks of a field."""
        fields = {each.removeprefix("-") for each in self.fields}
        return name in fields or (self.where is not None and self.where.field == name)

    def renamed(self, old: str, new: str) -> Rule:
        """The same of a field with another name."""
        fields = tuple(
            "-" * each.startswith("-") + new if each.removeprefix("-") == old else each for each in self.fields
        )
        where = self.where if self.where is None or self.where.field != old else replace(self.where, field=new)
        return replace(self, fields=fields, where=where)


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource."""

    key: str = "uuid"
    fields: Mapping[str, Field | Link] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    was: str | None = None

    @property
    def columns(self) -> dict[str, Field | Link]:
        """What is kept, by the name of its column."""
        return {column_of(name, each): each for name, each in self.fields.items()}

    def source(self, name: str) -> Iterator[str]:
        """The lines that declare it."""
        yield f"class {name}(Resource):"
        if self.was:
            yield f"    renamed_from = {self.was!r}"
        kind, word = KEYS[self.key]
        yield f"    id: Attr[{kind}] = {word}"
        # What is filled from another stands after it.
        fields = sorted(self.fields.items(), key=lambda part: isinstance(part[1], Field) and part[1].of is not None)
        for part, each in (*fields, *self.rules.items()):
            yield f"    {each.said(part)}"


Model = Mapping[str, Thing]


def column_of(name: str, kept: Field | Link) -> str:
    """The column that a field or a link is kept in."""
    return f"{name}_id" if isinstance(kept, Link) else name


def storage_of(kept: Field | Link, model: Model) -> str:
    """The type of the column."""
    return model[kept.target].key if isinstance(kept, Link) else KINDS[kept.kind].storage


def source_of(model: Model) -> str:
    """The module that declares all of it."""
    lines = ["from __future__ import annotations"]
    for name, thing in model.items():
        lines += ["", *thing.source(name)]
    return "\n".join(lines) + "\n"


def domain_of(model: Model) -> DomainSpec:
    """The module, run and compiled."""
    names: dict[str, Any] = {**NAMES, "__name__": "walked"}
    exec(compile(source_of(model), "walked.py", "exec", dont_inherit=True), names)
    return compile_domain(Domain("walked", [names[name] for name in model]))


def table_of(thing: str) -> str:
    """The table's name in SQL."""
    return f'"{table_name(thing)}"'
