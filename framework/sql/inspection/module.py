"""What is to be declared of a schema, before it is written: classes, their words, and what could not be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

PUBLIC = "public"
Column = tuple[str, str]
"""The name of a table with its schema, and that of the column."""


@dataclass(frozen=True, slots=True)
class Word:
    """A line of a class: `name: Attr[int] = attribute()`, or `name = check(…)`; `rules` are what it stands for.

    A rule is the standing name of a key, link, unique rule, check or index, and the name ours would have. `column` is
    that of a value or link.
    """

    name: str
    text: str
    annotation: str | None = None
    rules: tuple[tuple[str, str], ...] = ()
    column: str | None = None


@dataclass(frozen=True, slots=True)
class EnumFound:
    """An enum of the database as a class."""

    name: str
    members: tuple[tuple[str, str], ...]
    says: str


@dataclass(frozen=True, slots=True)
class ClassFound:
    """A table or view as a class; `left` is what of it is not said, with the reason."""

    name: str
    table: str
    schema: str | None
    doc: str
    managed: bool = True
    derived_table: str = ""
    key_rule: tuple[str, str] | None = None
    attributes: Sequence[Word] = ()
    links: Sequence[Word] = ()
    inverses: Sequence[Word] = ()
    rules: Sequence[Word] = ()
    accepted: Sequence[str] = ()
    changeable: Sequence[str] = ()
    creates: bool = True
    left: Sequence[str] = ()
    guessed: Sequence[str] = ()

    @property
    def key(self) -> str:
        """The name of the table with its schema."""
        return f"{self.schema or PUBLIC}.{self.table}"

    @property
    def named(self) -> str:
        """The name of the table, with its schema where that is said."""
        return self.table if self.schema in (None, PUBLIC) else self.key


@dataclass(frozen=True, slots=True)
class Strange:
    """What turned out to be sayable by no word of ours, with the reasons: columns, and rules by their names."""

    columns: Mapping[Column, str]
    rules: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModuleFound:
    """All classes of a module, and the tables that none of them is of, with the reason."""

    domain: str
    classes: Sequence[ClassFound]
    enums: Sequence[EnumFound] = ()
    left: Sequence[str] = field(default_factory=tuple)
    schema: str | None = None

    def apart(self) -> ModuleFound:
        """The module with what its extensions bring in a schema of its own, as a table of one of their names stands."""
        taken = {each.schema or PUBLIC for each in self.classes}
        schema = self.domain if self.domain not in taken else f"{self.domain}_program"
        return replace(
            self, schema=schema, classes=[replace(each, schema=each.schema or PUBLIC) for each in self.classes]
        )
