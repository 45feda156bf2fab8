"""What is to be declared of a schema, before it is written: classes, their words, and what could not be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Word:
    """A line of a class: `name: Attr[int] = attribute()`, or `name = check(…)`; `rules` are what it stands for.

    A rule is the standing name of a key, link, unique rule, check or index, and the name ours would have.
    """

    name: str
    text: str
    annotation: str | None = None
    rules: tuple[tuple[str, str], ...] = ()


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

    def without(self, names: frozenset[str]) -> ClassFound:
        """The class without the rules and indexes of these names, which are told as left."""
        gone = [word for word in self.rules if any(standing in names for standing, _ in word.rules)]
        kept = [word for word in self.rules if word not in gone]
        told = [f"{standing}: ours would be written otherwise" for word in gone for standing, _ in word.rules]
        return replace(self, rules=kept, left=[*self.left, *told])


@dataclass(frozen=True, slots=True)
class ModuleFound:
    """All classes of a module, and the tables that none of them is of, with the reason."""

    domain: str
    classes: Sequence[ClassFound]
    enums: Sequence[EnumFound] = ()
    left: Sequence[str] = field(default_factory=tuple)
