"""Whether a program may work with the tables: by the steps that it knows, and those that the database has taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.errors import Unavailable
from framework.sql.engine import open_engine
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.sql.migrations.running.readiness import AS_KNOWN, KnownStep, SchemaWatch, Standing, judged, steps_in
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import started

FIRST, EXPAND = KnownStep("a"), KnownStep("b", ("a",), expands=True)
CONTRACT, LAST = KnownStep("c", ("b",), contracts=True), KnownStep("d", ("c",))
ALL = (FIRST, EXPAND, CONTRACT, LAST)
TAKEN = {step.revision: step for step in ALL}
BEHIND, AHEAD = "the database is behind, by 1 step: dspex migrate", "the database is ahead: it has taken the step "


@pytest.mark.parametrize(
    ("known", "heads", "says"),
    [
        ((FIRST,), ["a"], AS_KNOWN),
        ((FIRST,), [], BEHIND),
        ((FIRST,), ["b"], AS_KNOWN),
        ((FIRST,), ["c"], AHEAD + "c"),
        ((FIRST,), ["x"], AHEAD + "x"),
        (ALL[:3], ["a"], BEHIND),
        (ALL[:3], ["b"], AS_KNOWN),
        (ALL, ["b"], BEHIND),
        (ALL, ["d"], AS_KNOWN),
        ((FIRST, KnownStep("e")), ["b", "e"], AS_KNOWN),
        ((FIRST, KnownStep("e")), ["b"], BEHIND),
    ],
)
def test_a_database_is_behind_or_ahead_or_as_known(known: tuple[KnownStep, ...], heads: list[str], says: str) -> None:
    found = judged(known, heads, TAKEN)
    assert (found.says.partition(", which")[0], found.ready) == (says, says == AS_KNOWN)


@pytest.mark.parametrize(("known", "ready"), [(FIRST, False), (EXPAND, False), (CONTRACT, True)])
def test_a_step_that_is_being_taken_back_is_no_longer_there(known: KnownStep, *, ready: bool) -> None:
    taken = {**TAKEN, known.revision: replace(known, going=True)}
    assert judged(ALL[: ALL.index(known) + 1], [known.revision], taken).ready is ready
    assert judged((FIRST,), ["b"], {**taken, "a": FIRST}).ready


class Item(Resource):
    id: Attr[UUID] = primary_key()


class Named(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(default="none")


async def test_a_program_of_before_goes_on_beside_an_expand(migrations: MakeMigrations, tmp_path: Path) -> None:
    old = migrations(Item)
    path = await old.revision("Begin")
    assert path is not None
    copy = tmp_path / "old"
    copy.mkdir()
    (copy / path.name).write_text(path.read_text())
    new = migrations(type("Item", (Named,), {"__module__": __name__}))
    await new.upgrade()
    assert len(await new.written("Named", Decisions(modes=frozenset({StepMode.SPLIT})))) == 2
    engine = open_engine(old.url, connections=1)

    async def look(folder: Path) -> Standing:
        return await SchemaWatch(engine, steps_in([folder])).look()

    assert [(await look(folder)).ready for folder in (copy, new.folders["test"])] == [True, False]
    await new.expand()
    assert [(await look(folder)).ready for folder in (copy, new.folders["test"])] == [True, True]
    before = Migrations(old.domain, old.url, {"test": copy})
    assert (await before.ahead(), await new.ahead()) == ([(await new.history())[1].revision], [])
    await new.upgrade()
    assert await before.ahead() == []
    assert [(await look(folder)).ready for folder in (copy, new.folders["test"])] == [False, True]
    await engine.dispose()
    nowhere = open_engine("postgresql://nobody@127.0.0.1:1/none", connections=1)
    with pytest.raises(Unavailable):
        await SchemaWatch(nowhere, [FIRST]).look()


async def test_steps_are_read_from_their_files(migrations: MakeMigrations) -> None:
    own = migrations(Item)
    path = await started(own)
    (step,) = steps_in([path.parent, path.parent / "nowhere"])
    assert (step.follows, step.expands, step.contracts) == ((), False, False)
