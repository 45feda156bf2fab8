"""Rows kept in step with the classes that declare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.errors import DeclarationError
from framework.lm.programs.program import ModuleSpec
from framework.log_lines import configure_logging
from framework.runtime.runtime import assemble
from framework.telemetry import log
from resources import PLATFORM
from resources.programs.declared_program import DeclaredProgram
from resources.programs.definition import definition_from_json, version_values
from resources.programs.modules import best_of_n, chain_of_thought, predict
from resources.programs.sync_declared import sync_declared
from resources.programs.version import Origin, ProgramVersion
from tests.installation.place import Place

BEFORE, AFTER = "parcel -> size: Literal['s', 'l']", "parcel -> size: Literal['s', 'm', 'l']"


def declared(name: str, signature: str = BEFORE, module: ModuleSpec = predict(), **more: Any) -> type[DeclaredProgram]:  # noqa: B008
    """A class as it would be written."""
    body = {"__module__": __name__, "__doc__": "Sort it.", "signature": signature, "module": module, **more}
    return type(name, (DeclaredProgram,), body)


async def migrated(place: Place, *programs: type[DeclaredProgram]) -> None:
    """What follows a migration, in a process that declares these programs."""
    runtime = assemble(compile_domain(PLATFORM, Domain("tests", programs)), place.settings, connections=2)
    try:
        await sync_declared(runtime.engine.session(runtime.context("migrate")))
    finally:
        await runtime.close()


async def state_of(place: Place, slug: str) -> tuple[Any, list[Any]]:
    """The program and its versions."""
    (program,) = await place.rows("Program", slug=slug)
    return program, await place.rows("ProgramVersion", program_id=program["id"])


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """The events of the log from now on."""
    written: list[str] = []
    log.written_by(lambda level, event, _: written.append(event) if level == "warning" else None)
    yield written
    configure_logging("warning")


async def test_a_new_declaration_is_a_program_with_its_first_version(place: Place) -> None:
    await migrated(place, declared("SortParcel"))
    program, (version,) = await state_of(place, "sort-parcel")
    assert (program["name"], str(program["kind"]), program["live_number"]) == ("SortParcel", "predict", 1)
    assert version["definition"]["signature"]["instructions"] == "Sort it."
    (signature,) = await place.rows("Signature", name="sort-parcel")
    assert (signature["version"], signature["id"]) == (1, program["signature_id"])
    assert {e.type for e in await place.events(program["id"])} == {"program.create"}


async def test_what_has_not_changed_is_left_alone(place: Place) -> None:
    await migrated(place, declared("KeepParcel"))
    async with place.unchanged():
        await migrated(place, declared("KeepParcel"))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ParcelOfType", {"signature": AFTER}),
        ("ParcelOfModule", {"module": chain_of_thought()}),
        ("ParcelOfWords", {"__doc__": "Sort it with care."}),
    ],
)
async def test_what_has_changed_is_a_new_live_version(name: str, change: dict[str, Any], place: Place) -> None:
    await migrated(place, declared(name))
    changed = declared(name, **change)
    await migrated(place, changed)
    program, versions = await state_of(place, changed.slug())
    assert (program["live_number"], [version["number"] for version in versions]) == (2, [1, 2])
    assert (versions[1]["parent_number"], str(versions[1]["origin"])) == (1, "authored")
    assert definition_from_json(versions[1]["definition"]) == changed.program()
    (signature,) = await place.rows("Signature", id=program["signature_id"])
    assert signature["definition"] == versions[1]["definition"]["signature"]
    async with place.unchanged():
        await migrated(place, changed)


async def test_a_program_follows_its_declaration_whole(place: Place) -> None:
    await migrated(place, declared("WholeParcel"))
    await migrated(place, declared("WholeParcel", module=chain_of_thought()))
    program, _ = await state_of(place, "whole-parcel")
    assert str(program["kind"]) == "chain_of_thought"


async def an_optimized_version(place: Place, slug: str, number: int) -> Any:
    """A version that has learned something, made live."""
    program, (first, *_) = await state_of(place, slug)
    state = {"self": {"instructions": "Learned.", "demos": []}}
    values = version_values(definition_from_json(first["definition"]), state)
    given = {"program_id": program["id"], "number": number, "origin": Origin.OPTIMIZED, "parent_number": 1}
    await place.session.create(ProgramVersion.record, {**given, **values})
    await place.rest.act("Program.promote", program["id"], number=number)
    return program["id"]


async def test_what_was_learned_stays_live_while_the_declaration_is_the_same(place: Place) -> None:
    await migrated(place, declared("LearnedParcel"))
    await an_optimized_version(place, "learned-parcel", 2)
    async with place.unchanged():
        await migrated(place, declared("LearnedParcel"))
    program, _ = await state_of(place, "learned-parcel")
    assert program["live_number"] == 2


async def test_a_declaration_that_was_rolled_back_stays_so_until_it_changes(place: Place) -> None:
    await migrated(place, declared("BackParcel"))
    bad = declared("BackParcel", AFTER)
    await migrated(place, bad)
    program, _ = await state_of(place, "back-parcel")
    await place.rest.act("Program.promote", program["id"], number=1)
    async with place.unchanged():
        await migrated(place, bad)
    await migrated(place, declared("BackParcel", AFTER, module=chain_of_thought()))
    program, versions = await state_of(place, "back-parcel")
    assert (program["live_number"], versions[2]["number"], versions[2]["parent_number"]) == (3, 3, 1)


async def test_a_program_tells_what_its_live_version_is_made_of(place: Place) -> None:
    async def told() -> tuple[Any, ...]:
        program, _ = await state_of(place, "told-parcel")
        (signature,) = await place.rows("Signature", id=program["signature_id"])
        outputs = signature["definition"]["outputs"]
        return str(program["kind"]), program["module"], program["tools"], outputs

    await migrated(place, declared("ToldParcel"))
    before = await told()
    await migrated(place, declared("ToldParcel", AFTER, module=best_of_n(n=2)))
    after = await told()
    assert (after[0], after[1]["n"]) == ("best_of_n", 2)
    assert after[3] != before[3]
    program, _ = await state_of(place, "told-parcel")
    for number, state in ((1, before), (2, after), (1, before)):
        await place.rest.act("Program.promote", program["id"], number=number)
        assert await told() == state


async def test_what_was_learned_goes_along_when_the_declaration_changes_in_another_place(place: Place) -> None:
    await migrated(place, declared("OldParcel"))
    key = await an_optimized_version(place, "old-parcel", 2)
    await migrated(place, declared("OldParcel", AFTER))
    program, versions = await state_of(place, "old-parcel")
    assert (program["live_number"], versions[2]["parent_number"]) == (3, 2)
    assert versions[2]["state"] == versions[1]["state"] == {"self": {"instructions": "Learned.", "demos": []}}
    back = (await place.rest.act("Program.promote", key, number=2)).made
    assert back["live_number"] == 2


async def test_what_was_learned_and_cannot_go_along_is_told_and_kept_on_the_version_before(
    place: Place, warnings: list[str]
) -> None:
    await migrated(place, declared("LostParcel"))
    await an_optimized_version(place, "lost-parcel", 2)
    await migrated(place, declared("LostParcel", module=chain_of_thought()))
    assert warnings == ["program.learned_state_lost"]
    _, versions = await state_of(place, "lost-parcel")
    assert [bool(version["state"]) for version in versions] == [False, True, False]


async def test_a_declaration_that_cannot_run_is_refused_and_leaves_nothing(place: Place) -> None:
    async with place.unchanged():
        with pytest.raises(DeclarationError, match="a predict module cannot use tools"):
            await migrated(place, declared("ToolParcel", tools=("os:system",)))
