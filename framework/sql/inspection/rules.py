"""The rules and indexes of a table in words of ours, and which link has an index of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from framework.naming import constraint_name
from framework.sql.inspection.catalog import IndexFound, TableFound, UniqueFound
from framework.sql.inspection.conditions import Unsayable, condition_in_python
from framework.sql.inspection.module import Word
from framework.sql.inspection.safe_names import attribute_name, free


@dataclass(slots=True)
class RuleWords:
    """The rules as they are put into words, after the columns: `by_column` are the attributes, `held` the links."""

    table: TableFound
    by_column: Mapping[str, str]
    held: Mapping[str, str]
    taken: set[str]
    links: list[Word]
    rules: list[Word]
    left: list[str]

    def say(self) -> None:
        """Says what can be said, and keeps what cannot."""
        self._say_uniques()
        self._say_checks()
        self._say_indexes()
        self._say_unindexed()

    def _fields(self, columns: Sequence[str | None]) -> list[str]:
        """The names in the class body of what is kept in these columns."""
        names = [None if column is None else self.held.get(column, self.by_column.get(column)) for column in columns]
        if None in names:
            raise Unsayable("an expression, or a column that is not declared,")
        return [str(name) for name in names]

    def _say_uniques(self) -> None:
        for unique in self.table.uniques:
            if not unique.primary:
                self._attempt(unique.name, self._unique(unique))
        for index in self.table.indexes:
            if index.unique:
                self._attempt(index.name, self._unique_index(index))

    def _attempt(self, name: str, words: Iterator[Word]) -> None:
        try:
            self.rules.extend(words)
        except Unsayable as reason:
            self.left.append(f"{name}: {reason} is none of ours")

    def _unique(self, unique: UniqueFound) -> Iterator[Word]:
        if unique.deferred:
            raise Unsayable("a rule that is looked at when the transaction ends")
        fields = self._fields(unique.columns)
        yield self._identity(unique.name, unique.columns, fields, "" if unique.deferrable else ", deferrable=False")

    def _unique_index(self, index: IndexFound) -> Iterator[Word]:
        if not index.plain or any(index.descending):
            raise Unsayable(index.definition)
        fields = self._fields(index.columns)
        if index.where is None:
            yield self._identity(index.name, index.columns, fields, ", deferrable=False")
            return
        where = condition_in_python(index.where, self._conditioned())
        yield self._identity(index.name, index.columns, fields, f", where={where}", partial=True)

    def _identity(
        self, standing: str, columns: Sequence[str | None], fields: list[str], words: str, *, partial: bool = False
    ) -> Word:
        attributes = [self.by_column[str(column)] for column in columns]
        name = self._free("_".join(["unique", *fields]))
        derived = constraint_name("uq", self.table.name, *attributes, *([name] if partial else []))
        return Word(name, f"identity({', '.join(fields)}{words})", None, ((standing, derived),))

    def _conditioned(self) -> dict[str, str]:
        """What a condition may speak of; the key of a link has no name in a class body."""
        return {column: name for column, name in self.by_column.items() if column not in self.held}

    def _say_checks(self) -> None:
        for standing, expression in self.table.checks.items():
            try:
                condition = condition_in_python(expression, self._conditioned())
            except Unsayable as reason:
                self.left.append(f"{standing}: CHECK {expression}, of which {reason} is none of ours")
                continue
            plain = attribute_name(standing.removeprefix(f"{self.table.name}_"))
            name = self._free(plain if plain not in self.taken else f"{plain}_rule")
            derived = constraint_name("ck", self.table.name, name)
            self.rules.append(Word(name, f"check({condition})", None, ((standing, derived),)))

    def _say_indexes(self) -> None:
        met = {tuple(derived for _, derived in word.rules) for word in self.rules}
        for index in self.table.indexes:
            if not index.unique and not (index.plain and self._serves_a_link(index)):
                self._attempt(index.name, self._index(index, met))

    def _serves_a_link(self, index: IndexFound) -> bool:
        """Whether it is the one that a link has by itself."""
        column = index.columns[0]
        alone = len(index.columns) == 1 and index.where is None and not any(index.descending)
        link = next((word for word in self.links if column is not None and word.name == self.held.get(column)), None)
        if not alone or link is None or len(link.rules) > 1 or self._led(f"{link.name}_id"):
            return False
        derived = constraint_name("ix", self.table.name, f"{link.name}_id")
        place = self.links.index(link)
        self.links[place] = Word(link.name, link.text, link.annotation, (*link.rules, (index.name, derived)))
        return True

    def _index(self, index: IndexFound, met: set[tuple[str, ...]]) -> Iterator[Word]:
        if not index.plain:
            raise Unsayable(index.definition)
        fields = self._fields(index.columns)
        held = {*self.held.values()}
        descending = [*zip(fields, index.descending, strict=True)]
        if any(down and name in held for name, down in descending):
            raise Unsayable(index.definition)
        parts = [
            self.by_column[str(column)] + ("_desc" if down else "")
            for column, down in zip(index.columns, index.descending, strict=True)
        ]
        where = "" if index.where is None else f", where={condition_in_python(index.where, self._conditioned())}"
        derived = constraint_name("ix", self.table.name, *parts, *(["partial"] if where else []))
        if (derived,) in met:
            raise Unsayable("a second index like another")
        met.add((derived,))
        said = ", ".join(f"{name}.desc()" if down else name for name, down in descending)
        yield Word(self._free("_".join(["by", *fields])), f"index({said}{where})", None, ((index.name, derived),))

    def _led(self, attribute: str) -> bool:
        """Whether something unique begins with the value, so that a link has no index of its own."""
        fields = [word.text.partition("(")[2] for word in self.rules if "where=" not in word.text]
        return any(re.match(rf"{attribute.removesuffix('_id')}\b(?!\.)", text) for text in fields)

    def _say_unindexed(self) -> None:
        """Links without an index of their own say so."""
        for place, link in enumerate(self.links):
            if len(link.rules) == 1 and not self._led(f"{link.name}_id"):
                inside = link.text.removeprefix("belongs_to(").removesuffix(")")
                text = f"belongs_to({inside}{', ' if inside else ''}index=False)"
                self.links[place] = Word(link.name, text, link.annotation, link.rules)

    def _free(self, name: str) -> str:
        found = free(name[:60], self.taken)
        self.taken.add(found)
        return found
