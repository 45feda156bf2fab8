"""A schema read into a module that compiles, of which the first revision makes no difference.

What is written is compiled and compared with what stands before anybody sees it; a rule that would be another one is
left out, and told.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import sqlalchemy as sa

from framework.compiler.domain import Domain, compile_domain
from framework.errors import DeclarationError, Invalid
from framework.spec.domain import DomainSpec
from framework.sql.engine import address
from framework.sql.inspection.catalog import TableFound
from framework.sql.inspection.modules import module_of
from framework.sql.inspection.reading import read_catalog
from framework.sql.inspection.source import written
from framework.sql.migrations.migrations import Migrations
from framework.sql.statements.integrity import failure_of
from framework.suggest import did_you_mean

NAME = "dspex_inspected"
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Inspected:
    """The text of the module, and in words what it does not say, and what would still be changed."""

    text: str
    left: Sequence[str]
    differing: Sequence[str]


async def inspected(url: str, domain: str, *, schemas: Sequence[str], tables: Sequence[str] = ()) -> Inspected:
    """The tables of these schemas, or those named among them, as declarations; raises Invalid where there are none."""
    module = module_of(await asyncio.to_thread(_found, url, schemas, tables), domain)
    differing: Mapping[str, str] = {}
    for _ in range(ROUNDS):
        differing = await Migrations(compiled(written(module)), url, {}).standing_differences()
        names = frozenset(differing)
        changed = replace(module, classes=[each.without(names) for each in module.classes])
        if changed == module:
            break
        module = changed
    left = [*module.left, *(f"{each.table}: {says}" for each in module.classes for says in each.left)]
    return Inspected(written(module), left, [*differing.values()])


def _found(url: str, schemas: Sequence[str], tables: Sequence[str]) -> list[TableFound]:
    engine = sa.create_engine(address(url), poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            found = read_catalog(connection, schemas)
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
    """The module, as a domain is compiled that lists its classes; raises Invalid where it does not compile."""
    try:
        module = _imported(text)
        return compile_domain(*(each for each in vars(module).values() if isinstance(each, Domain)))
    except DeclarationError as error:
        raise Invalid("; ".join(map(str, error.problems)), code="not_declarable", path=("inspect",)) from error
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
