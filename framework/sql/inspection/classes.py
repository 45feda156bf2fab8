"""A table or view as a class: its key, values, links and rules, and what of it is not said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from framework.naming import constraint_name, snake, table_name
from framework.sql.inspection.catalog import ColumnFound, LinkFound, TableFound
from framework.sql.inspection.column_words import MADE_UUID, NOW, default_words, type_words
from framework.sql.inspection.conditions import Unsayable
from framework.sql.inspection.look_ups import LookUpWords
from framework.sql.inspection.module import ClassFound, Strange, Word
from framework.sql.inspection.rules import RuleWords
from framework.sql.inspection.safe_names import attribute_name, free, quoted
from framework.sql.inspection.vocabulary import Vocabulary

ON_DELETE = {"a": None, "r": None, "c": "OnDelete.CASCADE", "n": "OnDelete.SET_NULL"}
MADE = re.compile(r"(created?|made|inserted)(_(at|on|date|time))?|(date_)?created|create_date")
CHANGED = re.compile(r"(updated?|changed|modified)(_(at|on|date|time))?|last_(update|updated|modified|change)")
COUNTED = "nextval("
ACTIONS = ("browse", "create", "update", "destroy")


@dataclass(frozen=True, slots=True)
class Names:
    """The classes by table, the enums by schema and name, the members of each by label, what cannot be said."""

    classes: Mapping[str, str]
    keys: Mapping[str, ColumnFound]
    enums: Mapping[tuple[str, str], str]
    members: Mapping[str, Mapping[str, str]]
    strange: Strange


@dataclass(slots=True)
class TableWords:
    """A table as it is put into words."""

    table: TableFound
    names: Names
    key_column: str
    taken: set[str] = field(default_factory=lambda: set(ACTIONS))
    by_column: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    attributes: list[Word] = field(default_factory=list)
    links: list[Word] = field(default_factory=list)
    rules: list[Word] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    creates: bool = True

    def found(self) -> ClassFound:
        """The class."""
        name = self.names.classes[self.table.key]
        links = {} if self.table.view else {link.columns[0]: link for link in self.table.links if self._is_link(link)}
        # What is worked out comes after what it is of.
        for column in sorted(self.table.columns, key=lambda each: each.generated):
            self._say(column, links.get(column.name))
        if self.table.view:
            self._say_guessed()
        else:
            self._say_rules()
        primary = self.table.primary
        return ClassFound(
            name=name,
            table=self.table.name,
            schema=None if self.table.schema == "public" else self.table.schema,
            doc=self.table.comment or f"{'A view' if self.table.view else 'The table'} `{self.table.name}`.",
            managed=not self.table.view,
            derived_table=table_name(name),
            key_rule=None if primary is None else (primary.name, constraint_name("pk", self.table.name)),
            attributes=self.attributes,
            links=self.links,
            rules=self.rules,
            accepted=self.accepted,
            changeable=[each for each in self.accepted if each not in self.fixed],
            creates=self.creates,
            left=self.left,
            guessed=self.guessed,
        )

    def _say_guessed(self) -> None:
        name = self.by_column[self.key_column]
        self.guessed.append(
            f"that `{name}` is the key: a view has none; where two records share it, have primary_key=True stand at"
            " the attribute that tells all of them apart, or leave the class out"
        )

    def _say_rules(self) -> None:
        known = self._known()
        RuleWords(self.table, known, self.attributes, self.rules).say()
        LookUpWords(self.table, known, self.links, self.rules).say()
        said = {standing for word in (*self.links, *self.rules) for standing, _ in word.rules}
        for link in self.table.links:
            if link.name not in said:
                self.left.append(f"{link.name}: a link {_why(link, self.names)}")
        self.left += [f"{trigger}: a trigger, which goes on as it is" for trigger in self.table.triggers]
        if self.table.parent:
            self.left.append(
                "tables that inherit from it: their records are read as its own, and may have the same key"
            )

    def _known(self) -> Vocabulary:
        enums = {
            f"{'' if schema == 'public' else f'{schema}.'}{name}": each
            for (schema, name), each in self.names.enums.items()
        }
        members = {name: self.names.members.get(each, {}) for name, each in enums.items()}
        return Vocabulary(self.by_column, self.held, members, self.taken, self.names.strange.rules, self.left)

    def _is_link(self, link: LinkFound) -> bool:
        """Whether a `belongs_to` says it: one column, to the key of a table that is declared too."""
        target = self.names.keys.get(link.table)
        here = next((column for column in self.table.columns if column.name == link.columns[0]), None)
        if len(link.columns) > 1 or target is None or here is None or link.on_delete not in ON_DELETE:
            return False
        return link.targets == (target.name,) and _family(here.type) == _family(target.type)

    def _say(self, column: ColumnFound, link: LinkFound | None) -> None:
        strange = self.names.strange.columns.get((self.table.key, column.name))
        if strange is not None:
            self._leave(column, f"{column.type}: {strange}")
            return
        try:
            if column.generated:
                self._say_calculated(column)
                return
            if link is not None:
                self._say_link(column, link)
            if link is None or column.name == self.key_column:
                self._say_value(column)
        except Unsayable as reason:
            self._leave(column, f"{reason} is none of ours")

    def _leave(self, column: ColumnFound, why: str) -> None:
        says = f"{column.name}: {why}, so the column is left to the database"
        by_itself = column.generated or column.identity or column.default is not None or self.table.triggers
        if column.required and not by_itself:
            self.creates = False
            says += ", and without it nothing is created here"
        self.left.append(says)

    def _say_value(self, column: ColumnFound) -> None:
        kind, words = type_words(column, self.names.enums)
        if column.domain is not None:
            self.left.append(f"{column.name}: of the domain `{column.domain}`, whose rules stay the database's")
        is_key = column.name == self.key_column
        # Whatever a view gives may be absent.
        optional = not is_key and (self.table.view or not column.required)
        name = self._name(column, is_key)
        call, said = self._call(column, kind, is_key=is_key)
        if name != column.name:
            words = {"column": quoted(column.name), **words}
        if call == "attribute" and not self.table.view:
            said = {**said, **self._default(column, kind)}
            self.accepted.append(name)
            if is_key:
                self.fixed.append(name)
        elif call == "attribute" and optional:
            said = {**said, "default": "None"}
        if call == "primary_key":
            words.pop("column_type", None)
        if column.comment and call == "attribute":
            said = {**said, "doc": quoted(column.comment)}
        self.by_column[column.name] = name
        text = ", ".join(f"{word}={value}" for word, value in {**words, **said}.items())
        annotation = f"Attr[{kind}{' | None' if optional else ''}]"
        self.attributes.append(Word(name, f"{call}({text})", annotation, column=column.name))

    def _say_calculated(self, column: ColumnFound) -> None:
        """A column that the database works out, where ours would be of the same type and name."""
        says = f"a column that is worked out by {column.default}"
        kind, words = type_words(column, self.names.enums)
        if words.keys() - {"max_digits", "decimal_places"} or attribute_name(column.name, self.taken) != column.name:
            raise Unsayable(says)
        try:
            expression = self._known().expression(str(column.default))
        except Unsayable as reason:
            raise Unsayable(f"{says}, of which {reason}") from None
        if words:
            kind = f"Annotated[{kind}, Field({', '.join(f'{word}={value}' for word, value in words.items())})]"
        self.taken.add(column.name)
        self.by_column[column.name] = column.name
        annotation = f"Attr[{kind}{'' if column.required else ' | None'}]"
        text = f"calculate({expression}, stored=True)"
        self.attributes.append(Word(column.name, text, annotation, column=column.name))

    def _call(self, column: ColumnFound, kind: str, *, is_key: bool) -> tuple[str, dict[str, str]]:
        """The word for the value: a key, a moment that is kept by itself, or an attribute."""
        default = column.default or ""
        if self.table.view:
            return "attribute", {"primary_key": "True"} if is_key else {}
        if is_key and kind == "int" and (column.identity or default.startswith(COUNTED)):
            return "sequence_key", {}
        if is_key and kind == "UUID" and (not default or MADE_UUID.fullmatch(default)):
            return "primary_key", {}
        if not is_key and (column.identity or default.startswith(COUNTED)):
            raise Unsayable("a number that the database counts up and that is no key")
        if kind == "datetime" and NOW.match(default):
            if MADE.fullmatch(snake(column.name)):
                return "created_at", {}
            if CHANGED.fullmatch(snake(column.name)):
                return "updated_at", {}
        return "attribute", {"primary_key": "True"} if is_key else {}

    def _default(self, column: ColumnFound, kind: str) -> dict[str, str]:
        try:
            return default_words(column, kind, self.names.members.get(kind, {}))
        except Unsayable as reason:
            self.left.append(f"{column.name}: {reason} is the database's, which we write over")
            return {} if column.required else {"default": "None"}

    def _name(self, column: ColumnFound, is_key: bool) -> str:  # noqa: FBT001 - what it is, and not what to do
        if column.name in self.by_column:
            return self.by_column[column.name]
        wanted = snake(column.name).endswith("id") and is_key and not self.table.view
        columns = {each.name for each in self.table.columns}
        name = "id" if wanted and "id" not in columns - {column.name} else attribute_name(column.name, self.taken)
        self.taken.add(name)
        return name

    def _say_link(self, column: ColumnFound, link: LinkFound) -> None:
        base = attribute_name(column.name)
        base = base.removesuffix("_id") or base
        while {base, f"{base}_id"} & self.taken or (base != column.name and base in self._columns()):
            base = free(f"{base}_link", self.taken)
        self.taken |= {base, f"{base}_id"}
        target, key = self.names.classes[link.table], self.names.keys[link.table]
        words: dict[str, str] = {}
        is_key = column.name == self.key_column
        if f"{base}_id" != column.name and not is_key:
            words["column"] = quoted(column.name)
        kind, here = type_words(column, self.names.enums)
        there = type_words(key, self.names.enums)
        if (kind, here) != there and not is_key:
            words["column_type"] = here.get("column_type", "'bigint'")
        if ON_DELETE[link.on_delete] is not None:
            words["on_delete"] = str(ON_DELETE[link.on_delete])
        if column.comment:
            words["doc"] = quoted(column.comment)
        derived = constraint_name("fk", self.table.name, f"{base}_id")
        self.by_column[column.name] = f"{base}_id"
        self.held[column.name] = base
        text = ", ".join(f"{word}={value}" for word, value in words.items())
        annotation = f"One[{target}{'' if column.required else ' | None'}]"
        self.links.append(Word(base, f"belongs_to({text})", annotation, ((link.name, derived),), column=column.name))
        if not is_key:
            self.accepted.append(base)

    def _columns(self) -> set[str]:
        return {column.name for column in self.table.columns}


def _family(kind: str) -> str:
    """What can be compared with what: whole numbers, and texts of any length."""
    plain = re.sub(r"\(.*\)", "", kind)
    return {"smallint": "int", "integer": "int", "bigint": "int", "bpchar": "character"}.get(plain, plain)


def _why(link: LinkFound, names: Names) -> str:
    if len(link.columns) > 1:
        return f"over several columns: {', '.join(link.columns)}"
    if link.table not in names.classes:
        return f"to `{link.table}`, which is not declared here"
    if link.on_delete not in ON_DELETE:
        return "that gives a default when the other record goes"
    return f"to {', '.join(link.targets)} of `{link.table}`, which is not its key, or of another type"
