"""The rules of a table in words of ours: what is unique, what is shared by no two, and what is true of every record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from framework.naming import constraint_name
from framework.sql.definitions.constraints import UNPORTABLE
from framework.sql.inspection.catalog import ExclusionFound, IndexFound, PartFound, TableFound, UniqueFound
from framework.sql.inspection.conditions import Unsayable
from framework.sql.inspection.look_ups import part_words
from framework.sql.inspection.module import Word
from framework.sql.inspection.safe_names import attribute_name, quoted
from framework.sql.inspection.vocabulary import Vocabulary
from framework.sql.migrations.compare.indexes import parts_of

SPAN = re.compile(r"(?:tstz|date|int8|num)range\((?P<start>\w+), (?P<end>\w+)\) WITH &&")
MATCHED = re.compile(r"""\(?\(?"?(?P<column>\w+)"?\)?(?:::text)? ~ '(?P<pattern>(?:[^']|'')*)'(?:::text)?\)?""")
# A dot is no line's end to us and any sign to PostgreSQL, and `\\<` is a word's beginning to us alone.
READ_OTHERWISE = re.compile(r"\\[<>]|\.")
SETTLED = re.compile(r"\\[^<>]|\[\^?\]?[^\]]*\]")


@dataclass(slots=True)
class RuleWords:
    """The rules as they are put into words, once the columns are."""

    table: TableFound
    known: Vocabulary
    attributes: list[Word]
    rules: list[Word]

    def say(self) -> None:
        """Says what can be said; what cannot is told."""
        attempt = self.known.attempt
        for unique in self.table.uniques:
            if not unique.primary:
                self.rules += attempt(unique.name, unique.definition, partial(self._unique, unique))
        for index in self.table.indexes:
            if index.unique:
                self.rules += attempt(index.name, index.definition, partial(self._unique_index, index))
        for exclusion in self.table.exclusions:
            self.rules += attempt(exclusion.name, exclusion.definition, partial(self._exclusion, exclusion))
        met = {standing for word in self.rules for standing, _ in word.rules}
        for name, expression in self.table.checks.items():
            if name not in met:
                self.rules += attempt(name, f"CHECK {expression}", partial(self._check, name, expression))

    def _unique(self, unique: UniqueFound) -> Word:
        if unique.deferred:
            raise Unsayable("`INITIALLY DEFERRED`")
        fields = self.known.fields(unique.columns)
        words = [] if unique.deferrable else ["deferrable=False"]
        if unique.absent_alike:
            words.append("nulls_not_distinct=True")
        attributes = [self.known.by_column[column] for column in unique.columns]
        return self._identity(unique.name, fields, words, attributes)

    def _unique_index(self, index: IndexFound) -> Word:
        bare = all(part.operators is None and not part.descending for part in index.parts)
        if not bare or index.include or index.options or index.absent_first or not index.valid:
            raise Unsayable
        fields = part_words(index, self.known)
        whole = index.where is None and None not in index.columns
        words = ["deferrable=False"] if whole else []
        if index.where is not None:
            words.append(f"where={self.known.expression(index.where)}")
        if index.absent_alike:
            words.append("nulls_not_distinct=True")
        spoken = [name for part, field in zip(index.parts, fields, strict=True) for name in self._spoken(part, field)]
        return self._identity(index.name, fields, words, [*dict.fromkeys(spoken)], whole=whole)

    def _spoken(self, part: PartFound, field: str) -> list[str]:
        return self.known.spoken_of(field) if part.column is None else [self.known.by_column[part.column]]

    def _identity(
        self, standing: str, fields: list[str], words: list[str], attributes: Sequence[str], *, whole: bool = True
    ) -> Word:
        plain = [re.sub(r"\W+", "_", field).strip("_") for field in fields]
        name = self.known.free("_".join(["unique", *plain]))
        derived = constraint_name("uq", self.table.name, *attributes, *([] if whole else [name]))
        return Word(name, f"identity({', '.join([*fields, *words])})", None, ((standing, derived),))

    def _exclusion(self, found: ExclusionFound) -> Word:
        """Ours is of a span from one column up to another, and has a CHECK that its end does not come first."""
        parts = parts_of(found.definition)
        spans = [span for part in parts if (span := SPAN.fullmatch(part))]
        shared = [part.removesuffix(" WITH =") for part in parts if part.endswith(" WITH =")]
        if len(spans) != 1 or len(shared) != len(parts) - 1 or not found.deferrable or found.deferred:
            raise Unsayable
        start, end = spans[0]["start"], spans[0]["end"]
        ordered = [name for name, check in self.table.checks.items() if check == f"({end} >= {start})"]
        if not ordered:
            raise Unsayable(f"a span without CHECK ({end} >= {start})")
        fields = self.known.fields(shared)
        words = [*fields, f"overlapping=({', '.join(self.known.fields([start, end]))})"]
        if found.where is not None:
            words.append(f"where={self.known.expression(found.where)}")
        name = self.known.free(attribute_name(found.name.removeprefix(f"ex_{self.table.name}_")))
        derived = constraint_name("ex", self.table.name, name)
        beside = constraint_name("ck", self.table.name, self.known.by_column[end], name)
        return Word(name, f"exclude({', '.join(words)})", None, ((found.name, derived), (ordered[0], beside)))

    def _check(self, standing: str, expression: str) -> Word | None:
        if self._is_pattern(standing, expression):
            return None
        condition = self.known.expression(expression)
        plain = attribute_name(standing.removeprefix(f"{self.table.name}_"))
        name = self.known.free(plain if plain not in self.known.taken else f"{plain}_rule")
        derived = constraint_name("ck", self.table.name, name)
        return Word(name, f"check({condition})", None, ((standing, derived),))

    def _is_pattern(self, standing: str, expression: str) -> bool:
        """Whether the rule is a pattern of one attribute that both read alike, and says it there."""
        found = MATCHED.fullmatch(expression)
        if found is None:
            return False
        pattern = found["pattern"].replace("''", "'")
        if UNPORTABLE.search(pattern) or READ_OTHERWISE.search(SETTLED.sub("", pattern)):
            raise Unsayable(f"a pattern that is read otherwise, {pattern},")
        for place, word in enumerate(self.attributes):
            if word.column == found["column"] and word.text.startswith("attribute(") and not word.rules:
                comma = "" if word.text.endswith("()") else ", "
                text = f"{word.text.removesuffix(')')}{comma}pattern={_raw(pattern)})"
                derived = constraint_name("ck", self.table.name, word.name, "pattern")
                self.attributes[place] = replace(word, text=text, rules=((standing, derived),))
                return True
        return False


def _raw(pattern: str) -> str:
    """A pattern as one writes it."""
    plain = '"' not in pattern and not pattern.endswith("\\") and pattern.isprintable()
    return f'r"{pattern}"' if plain and "\\" in pattern else quoted(pattern)
