"""The command that checks an installation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import typer
from rich.console import Console
from rich.markup import escape

from framework.cli.declared import Declared, declared
from framework.cli.doctor import machine
from framework.cli.doctor import redis as redis_looks
from framework.cli.doctor.tables import schema
from framework.cli.output import Json, print_json
from framework.cli.processes import with_addresses
from framework.embedded.servers import servers
from framework.errors import DeclarationError, Failure
from framework.findings import Check, Finding, Verdict, bad, looked_at, ok, skipped
from framework.jobs.findings import overdue_schedules, stuck_jobs
from framework.settings import Settings, load_settings
from framework.sql import findings as database_looks
from framework.sql.connections import dispose
from framework.sql.engine import open_engine
from framework.sql.findings import found_by
from framework.sql.layer import SqlLayer
from framework.sql.migrations.running.readiness import SchemaWatch, steps_in
from framework.sql.timeouts import Timeouts

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.BAD: "red", Verdict.SKIPPED: "dim"}
SCHEMA_SECONDS = 30.0
NO_REDIS, NO_DATABASE = "not looked at, as Redis does not answer", "not looked at, as the database does not answer"
NO_TABLES = "not looked at, as the tables are not those that this code knows"
# Shorter than a check has, so that a statement which hangs is told as one.
BOUNDS = Timeouts(lock=2.0, statement=4.0)


@dataclass(frozen=True, slots=True)
class Made:
    """A check that was made, and what it found."""

    check: str
    finding: Finding


async def doctor(*, json: Json = False) -> None:
    """Check the installation: versions, settings, disk, servers, clocks, tables, jobs; say what to do.

    Every check has a bound of its own, so those that can be made are made while something is down.
    It ends with 1 when something is bad, and with 0 when there are only warnings.
    """
    made = [each async for each in _made(load_settings())]
    worst = _worst([each.finding for each in made])
    if json:
        told = [
            {"check": m.check, "verdict": m.finding.verdict, "says": m.finding.says, "do": m.finding.do} for m in made
        ]
        print_json({"verdict": worst, "checks": told})
    else:
        _tell(made)
    if worst is Verdict.BAD:
        raise typer.Exit(1)


async def _made(settings: Settings) -> AsyncIterator[Made]:
    for each in await _all(_of_machine(settings)):
        yield each
    what = _declared(settings)
    if isinstance(what, Finding):
        yield Made("declarations", what)
    async with _addresses(settings) as known:
        if isinstance(known, Finding):
            yield Made("servers", known)
            return
        url = str(known.redis_url)
        for each in await _after(Check("redis", partial(redis_looks.server, url)), _of_redis(url, known), NO_REDIS):
            yield each
        for each in await _of_database(known, what if isinstance(what, Declared) else None):
            yield each


async def _all(checks: Sequence[Check]) -> list[Made]:
    findings = await asyncio.gather(*map(looked_at, checks))
    return [Made(check.name, finding) for check, finding in zip(checks, findings, strict=True)]


async def _after(first: Check, others: Sequence[Check], why: str) -> list[Made]:
    """The others are made only if the first is not bad."""
    made = await _all([first])
    if made[0].finding.verdict is Verdict.BAD:
        return [*made, *(Made(each.name, skipped(why)) for each in others)]
    return [*made, *await _all(others)]


def _of_machine(settings: Settings) -> Sequence[Check]:
    data = settings.data_dir.expanduser().resolve()
    return (
        Check("python", machine.python),
        Check("libraries", machine.libraries),
        Check("settings", machine.variables),
        Check("disk", partial(asyncio.to_thread, machine.disk, data)),
        Check("logs", partial(asyncio.to_thread, machine.logs, settings)),
    )


def _of_redis(url: str, known: Settings) -> Sequence[Check]:
    return (
        Check("redis clock", partial(redis_looks.clock, url)),
        Check("redis memory", partial(redis_looks.memory, url)),
        Check("redis persistence", partial(redis_looks.persistence, url)),
        Check("worker", partial(redis_looks.worker, url, known.prefix)),
    )


async def _of_database(known: Settings, what: Declared | None) -> list[Made]:
    """What is asked of any PostgreSQL, then how our tables stand, and what is in them."""
    engine = open_engine(str(known.database_url), connections=8, timeouts=BOUNDS)
    server = Check("database", partial(found_by, database_looks.server, engine))
    of_any = [Check(name, partial(found_by, look, engine)) for name, look in database_looks.LOOKS.items()]
    try:
        found = await _after(server, of_any, NO_DATABASE)
        if what is None or found[0].finding.verdict is Verdict.BAD:
            return found
        standing = SchemaWatch(engine, steps_in([*what.migrations.values()]), known.version_table)
        return [*found, *await _of_tables(known, what, SqlLayer(what.spec, engine), standing)]
    finally:
        await dispose(engine)


async def _of_tables(known: Settings, what: Declared, layer: SqlLayer, standing: SchemaWatch) -> list[Made]:
    bounded = replace(what, settings=known.model_copy(update={"migration_statement_seconds": SCHEMA_SECONDS}))
    tables = Check("migrations", partial(schema, bounded, str(known.database_url), standing), SCHEMA_SECONDS)
    in_them = (
        Check("jobs", partial(stuck_jobs, what.spec, layer)),
        Check("schedules", partial(overdue_schedules, what.spec, layer)),
    )
    return await _after(tables, in_them, NO_TABLES)


def _declared(settings: Settings) -> Declared | Finding:
    try:
        return declared(settings)
    except DeclarationError as error:
        return bad(f"{len(error.problems)} mistakes in what is declared", "see dspex check")


@asynccontextmanager
async def _addresses(settings: Settings) -> AsyncIterator[Settings | Finding]:
    """The settings with the addresses of the servers; what is known of them where they cannot be had.

    The embedded ones are started where they stand still, but none is made.
    """
    embedded = settings.database_url is None or settings.redis_url is None
    if embedded and not (settings.data_dir / "keeper.lock").exists():
        yield ok(f"there is no installation in {settings.data_dir} yet: dspex up makes one")
        return
    async with AsyncExitStack() as opened:
        try:
            found = await opened.enter_async_context(servers(settings))
        except Failure as failure:
            yield bad(str(failure.issues[0].message), f"see the logs in {settings.data_dir}")
            return
        yield with_addresses(settings, found)


def _worst(findings: Sequence[Finding]) -> Verdict:
    found = {each.verdict for each in findings}
    return next((each for each in (Verdict.BAD, Verdict.WARN) if each in found), Verdict.OK)


def _tell(made: Sequence[Made]) -> None:
    console = Console(highlight=False)
    for each in made:
        found = each.finding
        word = f"[{COLOURS[found.verdict]}]{found.verdict:<8}[/]"
        do = f" [bold]→ {escape(found.do)}[/bold]" if found.do else ""
        console.print(f"{word}{each.check:<23}{escape(found.says)}{do}", soft_wrap=True)
