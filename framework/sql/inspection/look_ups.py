"""The indexes of a table in words of ours, and which link has one of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial

from framework.naming import constraint_name
from framework.spec.attribute import IndexKind
from framework.sql.inspection.catalog import IndexFound, PartFound, TableFound
from framework.sql.inspection.conditions import Unsayable
from framework.sql.inspection.module import Word
from framework.sql.inspection.safe_names import quoted
from framework.sql.inspection.vocabulary import Vocabulary

# What an index of an expression is called after: the functions of it, by how they are called in Python.
CALLED = {"lower": "lower", "upper": "upper", "length": "length", "or_else": "coalesce"}
KINDS = frozenset(kind.value for kind in IndexKind)


def part_word(part: PartFound, known: Vocabulary) -> str:
    """What an index or unique rule is of: an attribute, a link, or an expression. Raises Unsayable."""
    return known.field(part.column) if part.column is not None else known.expression(part.expression)


def part_words(index: IndexFound, known: Vocabulary) -> list[str]:
    """All that it is of, in order."""
    return [part_word(part, known) for part in index.parts]


@dataclass(slots=True)
class LookUpWords:
    """The indexes as they are put into words, once the rules are."""

    table: TableFound
    known: Vocabulary
    links: list[Word]
    rules: list[Word]

    def say(self) -> None:
        """Says what can be said, and tells what cannot; links without an index of their own say so."""
        met = {derived for word in self.rules for _, derived in word.rules}
        # Those of several columns first: where one begins with the key of a link, the link has none of its own.
        for index in sorted(self.table.indexes, key=lambda each: each.plain and len(each.parts) == 1):
            if not index.unique and not (index.plain and self._serves_a_link(index)):
                self.rules += self.known.attempt(index.name, index.definition, partial(self._index, index, met))
        for place, link in enumerate(self.links):
            if len(link.rules) == 1 and not self._led(link.name):
                inside = link.text.removeprefix("belongs_to(").removesuffix(")")
                text = f"belongs_to({inside}{', ' if inside else ''}index=False)"
                self.links[place] = replace(link, text=text)

    def _serves_a_link(self, index: IndexFound) -> bool:
        """Whether it is the one that a link has by itself."""
        held = self.known.held.get(str(index.columns[0])) if len(index.columns) == 1 else None
        link = next((word for word in self.links if word.name == held), None)
        if link is None or len(link.rules) > 1 or self._led(link.name) or index.name in self.known.strange:
            return False
        derived = constraint_name("ix", self.table.name, f"{link.name}_id")
        self.links[self.links.index(link)] = replace(link, rules=(*link.rules, (index.name, derived)))
        return True

    def _index(self, index: IndexFound, met: set[str]) -> Word:
        numbers = all(value.isdigit() for value in index.options.values())
        if index.absent_first or not index.valid or not numbers or index.kind not in KINDS:
            raise Unsayable
        fields, besides = part_words(index, self.known), self._besides(index)
        said = []
        for field, part in zip(fields, index.parts, strict=True):
            if part.descending and field in self.known.held.values():
                raise Unsayable
            said.append(f"{_called(field)}.desc()" if part.descending else field)
        derived = self._derived(index, fields)
        if derived in met:
            raise Unsayable(f"a second one that we would call {derived}")
        met.add(derived)
        name = self.known.free("_".join(["by", *(re.sub(r"\W+", "_", field).strip("_") for field in fields)]))
        return Word(name, f"index({', '.join([*said, *besides])})", None, ((index.name, derived),))

    def _besides(self, index: IndexFound) -> list[str]:
        """What it says beside what it is of."""
        operators = {part.operators for part in index.parts}
        if len(operators) > 1:
            raise Unsayable("several operator classes")
        words = [] if index.kind == "btree" else [f"kind={quoted(index.kind)}"]
        words += [f"operators={quoted(name)}" for name in operators if name is not None]
        if index.include:
            words.append(f"include=[{', '.join(self.known.fields(index.include))}]")
        if index.options:
            options = ", ".join(f"{quoted(name)}: {value}" for name, value in index.options.items())
            words.append(f"options={{{options}}}")
        if index.where is not None:
            words.append(f"where={self.known.expression(index.where)}")
        return words

    def _derived(self, index: IndexFound, fields: list[str]) -> str:
        """The name that ours has."""
        parts = [
            (self._worked_out(field) if part.column is None else self.known.by_column[part.column])
            + ("_desc" if part.descending else "")
            for field, part in zip(fields, index.parts, strict=True)
        ]
        kind = [] if index.kind == "btree" else [index.kind]
        return constraint_name("ix", self.table.name, *parts, *kind, *(["partial"] if index.where is not None else []))

    def _worked_out(self, expression: str) -> str:
        """What an index of an expression is called after: the attributes, and the functions from the outermost one."""
        functions = [CALLED[name] for name in re.findall(r"\.(\w+)\(", expression) if name in CALLED]
        return "_".join([*self.known.spoken_of(expression), *reversed(functions)])

    def _led(self, link: str) -> bool:
        """Whether something whole begins with the key of a link, so that the link has no index of its own."""
        texts = [word.text for word in self.rules if word.text.startswith(("identity(", "index("))]
        bodies = [text.partition("(")[2] for text in texts if "where=" not in text and "kind=" not in text]
        return any(re.match(rf"{link}\b(?!\.)", text) for text in bodies)


def _called(value: str) -> str:
    return value if re.fullmatch(r"[\w.]+(\(\))?", value) else f"({value})"
