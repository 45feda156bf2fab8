"""One temporary table in the place of several declared ones, whose columns of one name are alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from framework.sql.migrations.compare.declared import SCRATCH, UNNAMED, Declared
from framework.sql.migrations.compare.definitions import Definitions

# PostgreSQL takes 1600 columns; an index holds a lock, of which a server has a few thousand.
COLUMNS, RULES = 1000, 500


@dataclass(slots=True)
class Shared:
    """The columns by name, and the rules by what they say, with what each is called here."""

    partition: str | None
    columns: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    tables: list[Declared] = field(default_factory=list)

    def fits(self, table: Declared) -> bool:
        """Whether the table's columns are none or the same here; one that is partitioned is alone."""
        if self.partition is not None or table.partition is not None:
            return False
        if len(self.columns) + len(table.columns) > COLUMNS or len(self.rules) + len(table.rules) > RULES:
            return False
        return all(self.columns.get(name, says) == says for name, says in table.columns.items())

    def add(self, table: Declared) -> None:
        """Has this one stand for the table too."""
        self.tables.append(table)
        self.columns.update(table.columns)
        for rule in table.rules:
            self.rules.setdefault(rule.says, f"rule_{len(self.rules)}")

    def statements(self) -> Iterator[str]:
        """What makes it."""
        said = [says.replace(UNNAMED, name, 1) for says, name in self.rules.items()]
        constraints = [each for each in said if each.startswith("CONSTRAINT ")]
        by = "" if self.partition is None else f" PARTITION BY {self.partition}"
        yield f"CREATE TABLE {SCRATCH} ({', '.join([*self.columns.values(), *constraints])}){by}"
        yield from (each for each in said if not each.startswith("CONSTRAINT "))

    def told(self, read: Definitions) -> Mapping[str, Definitions]:
        """The definitions of each table, by its key, from those of this one."""
        return {table.key: self._of(table, read) for table in self.tables}

    def _of(self, table: Declared, read: Definitions) -> Definitions:
        there = {**read.checks, **read.keys, **read.exclusions, **read.indexes}
        found: dict[str, dict[str, str]] = {"checks": {}, "keys": {}, "exclusions": {}, "indexes": {}}
        for rule in table.rules:
            says = there[self.rules[rule.says]]
            kind = rule.kind
            if kind == "primary":
                kind, says = "keys", says.replace("UNIQUE", "PRIMARY KEY", 1)
            found[kind][rule.name] = says
        columns = {name: read.columns[name] + besides for name, besides in table.besides.items()}
        generated = {name: read.generated[name] for name in table.columns if name in read.generated}
        return Definitions(**found, columns=columns, generated=generated, partition=read.partition)
