"""A schema read into a module that compiles, of which the first revision makes no difference.

What is written is compiled and compared with what stands before anybody sees it; a rule that would be another one is
left out, and told.
"""

from __future__ import annotations

import asyncio
import keyword
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import sqlalchemy as sa

from framework.compiler.domain import Domain, compile_domain
from framework.errors import DeclarationError, Invalid
from framework.spec.domain import DomainSpec
from framework.sql.answering import connect_arguments
from framework.sql.engine import address
from framework.sql.inspection.catalog import TableFound
from framework.sql.inspection.module import ClassFound, Column, ModuleFound, Strange, Word
from framework.sql.inspection.modules import module_of
from framework.sql.inspection.reading import read_catalog
from framework.sql.inspection.source import written
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.renames import place_of
from framework.sql.migrations.running.readiness import SUFFIX, VERSION_TABLE
from framework.sql.statements.integrity import failure_of
from framework.suggest import did_you_mean

NAME = "dspex_inspected"
# What the domain lists besides, under the name that a constant would have.
TAKEN = "STANDARD"


@dataclass(frozen=True, slots=True)
class Inspected:
    """The text of the module; in words what it does not say, what is guessed, and what would still be changed."""

    text: str
    left: Sequence[str]
    guessed: Sequence[str]
    differing: Sequence[str]


@dataclass(slots=True)
class Draft:
    """A module in the making: of what was found, without what turned out to be none of ours, with the reasons."""

    tables: Sequence[TableFound]
    domain: str
    columns: dict[Column, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    apart: bool = False

    def module(self) -> ModuleFound:
        """As far as it is known by now."""
        module = module_of(self.tables, self.domain, Strange(self.columns, self.rules))
        return module.apart() if self.apart else module

    def compilable(self) -> tuple[ModuleFound, DomainSpec]:
        """The module once it compiles, and its domain; raises Invalid where nothing more can be left out of it."""
        module = self.module()
        text = written(module)
        try:
            return module, compiled(text)
        except DeclarationError as error:
            known = self._known
            for problem in error.problems:
                self._leave_out(_said_at(module, text.splitlines()[: problem.at.line]), problem.says)
            if known == self._known:
                says = "; ".join(map(str, error.problems))
                raise Invalid(says, code="not_declarable", path=("inspect",)) from error
        return self.compilable()

    def differs(self, module: ModuleFound, differing: Mapping[str, str]) -> bool:
        """Whether some of what would be changed can be left out, as it is from now on."""
        known = self._known
        words = [(each, word) for each in module.classes for word in (*each.attributes, *each.rules)]
        rules = [rule[0] for _, word in words for rule in word.rules if differing.keys() & {*rule}]
        changed = " ".join(differing.values())
        columns = [(of.key, word.column) for of, word in words if f"column {of.named}.{word.column} " in changed]
        self.rules |= dict.fromkeys(rules, "ours would be written otherwise")
        self.columns |= {(key, column): "ours would be another" for key, column in columns if column is not None}
        return known != self._known

    @property
    def _known(self) -> tuple[int, int, bool]:
        """How much is known of what cannot be said."""
        return len(self.columns), len(self.rules), self.apart

    def _leave_out(self, found: tuple[ClassFound, Word] | None, says: str) -> None:
        if found is None:
            # A whole table is objected to where one of ours has its name.
            self.apart = True
            return
        of, word = found
        if word.rules and word not in of.links:
            self.rules |= {standing: says for standing, _ in word.rules}
        elif word.column is not None:
            self.columns[of.key, word.column] = says


async def inspected(
    url: str, domain: str, *, schemas: Sequence[str], tables: Sequence[str] = (), version_table: str = VERSION_TABLE
) -> Inspected:
    """The tables of these schemas, or those named among them, as declarations; raises Invalid where there are none.

    What counts the steps is none of them: `version_table`, with its schema if it is in one, and Alembic's own.
    """
    if not domain.isidentifier() or keyword.iskeyword(domain) or domain.upper() == TAKEN:
        says = f"`{domain}` is no name of a domain here"
        raise Invalid(says, code="bad_name", path=("domain",), hint="say one word, which names its package too")
    draft = Draft(
        await asyncio.to_thread(_found, url, schemas, tables, counting={VERSION_TABLE, version_table}), domain
    )
    while True:
        module, spec = draft.compilable()
        differing = await Migrations(spec, url, {}).standing_differences()
        if not draft.differs(module, differing):
            break
    left = [*module.left, *(f"{each.table}: {says}" for each in module.classes for says in each.left)]
    guessed = [f"{each.table}: {says}" for each in module.classes for says in each.guessed]
    return Inspected(written(module), left, guessed, [*differing.values()])


def _said_at(module: ModuleFound, lines: Sequence[str]) -> tuple[ClassFound, Word] | None:
    """The word that the last of these lines says, with the class that it is of."""
    of = next((line for line in reversed(lines) if line.startswith("class ")), "")
    words = (
        (each, word)
        for each in module.classes
        if of.startswith(f"class {each.name}(")
        for word in (*each.attributes, *each.links, *each.rules)
    )
    return next((found for found in words if re.match(rf"    {found[1].name}\b", lines[-1])), None)


def _found(url: str, schemas: Sequence[str], tables: Sequence[str], *, counting: Collection[str]) -> list[TableFound]:
    where = address(url)
    engine = sa.create_engine(where, poolclass=sa.NullPool, connect_args=connect_arguments(where))
    try:
        with engine.connect() as connection:
            there = sa.inspect(connection).get_schema_names()
            if strange := [name for name in schemas if name not in there]:
                hint = did_you_mean(strange[0], there)
                says = f"there is no schema `{strange[0]}`"
                raise Invalid(says, code="unknown_schema", path=("schema",), hint=hint)
            first = connection.dialect.default_schema_name
            places = [(schema or first, name) for schema, name in map(place_of, counting)]
            ours = {(schema, f"{name}{suffix}") for schema, name in places for suffix in ("", SUFFIX)}
            found = [each for each in read_catalog(connection, schemas) if (each.schema, each.name) not in ours]
    except sa.exc.SQLAlchemyError as error:
        raise failure_of(error) or error from error
    wanted = [table for table in found if not tables or table.name in tables or table.key in tables]
    if strange := [name for name in tables if not any(name in (table.name, table.key) for table in found)]:
        hint = did_you_mean(strange[0], [table.name for table in found])
        raise Invalid(f"there is no table `{strange[0]}`", code="unknown_table", path=("tables",), hint=hint)
    if not wanted:
        raise Invalid(f"there is no table in {', '.join(schemas)}", code="nothing_found", path=("schema",))
    return wanted


def compiled(text: str) -> DomainSpec:
    """The module, as a domain is compiled that lists its classes; raises DeclarationError where it does not compile."""
    try:
        module = _imported(text)
        return compile_domain(*(each for each in vars(module).values() if isinstance(each, Domain)))
    finally:
        sys.modules.pop(NAME, None)


def _imported(text: str) -> ModuleType:
    """The module, imported from a file as a user's is; what compiles it finds its annotations by its name."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.py"
        path.write_text(text, encoding="utf-8")
        loader = SourceFileLoader(NAME, str(path))
        spec = spec_from_loader(NAME, loader)
        assert spec is not None
        sys.modules[NAME] = module = module_from_spec(spec)
        loader.exec_module(module)
    return module
