"""Rows kept in step with the classes that declare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.errors import DeclarationError
from framework.lm.modules.module import ModuleSpec
from framework.log_lines import configure_logging
from framework.runtime.runtime import assemble
from framework.telemetry import log
from resources import PLATFORM
from resources.programs.declared_program import DeclaredProgram
from resources.programs.definition import definition_from_json, version_values
from resources.programs.modules import best_of_n, chain_of_thought, predict
from resources.programs.sync_declared import sync_declared
from resources.programs.version import Origin, ProgramVersion
from tests.installation.installation import Installation

BEFORE, AFTER = "parcel -> size: Literal['s', 'l']", "parcel -> size: Literal['s', 'm', 'l']"


def declared(name: str, signature: str = BEFORE, module: ModuleSpec = predict(), **more: Any) -> type[DeclaredProgram]:  # noqa: B008
    """A class as it would be written."""
    body = {"__module__": __name__, "__doc__": "Sort it.", "signature": signature, "module": module, **more}
    return type(name, (DeclaredProgram,), body)


async def migrated(installation: Installation, *programs: type[DeclaredProgram]) -> None:
    """What follows a migration, in a process that declares these programs."""
    runtime = assemble(compile_domain(PLATFORM, Domain("tests", programs)), installation.settings, connections=2)
    try:
        await sync_declared(runtime.engine.system("a test prepares", runtime.context("migrate")))
    finally:
        await runtime.close()


async def state_of(installation: Installation, slug: str) -> tuple[Any, list[Any]]:
    """The program and its versions."""
    (program,) = await installation.rows("Program", slug=slug)
    return program, await installation.rows("ProgramVersion", program_id=program["id"])


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """The events of the log from now on."""
    written: list[str] = []
    log.written_by(lambda level, event, _: written.append(event) if level == "warning" else None)
    yield written
    configure_logging("warning")


async def test_a_new_declaration_is_a_program_with_its_first_version(installation: Installation) -> None:
    await migrated(installation, declared("SortParcel"))
    program, (version,) = await state_of(installation, "sort-parcel")
    assert (program["name"], str(program["kind"]), program["live_number"]) == ("SortParcel", "predict", 1)
    assert version["definition"]["signature"]["instructions"] == "Sort it."
    (signature,) = await installation.rows("Signature", name="sort-parcel")
    assert (signature["version"], signature["id"]) == (1, program["signature_id"])
    assert {e.type for e in await installation.events(program["id"])} == {"program.create"}


async def test_what_has_not_changed_is_left_alone(installation: Installation) -> None:
    await migrated(installation, declared("KeepParcel"))
    async with installation.unchanged():
        await migrated(installation, declared("KeepParcel"))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ParcelOfType", {"signature": AFTER}),
        ("ParcelOfModule", {"module": chain_of_thought()}),
        ("ParcelOfWords", {"__doc__": "Sort it with care."}),
    ],
)
async def test_what_has_changed_is_a_new_live_version(
    name: str, change: dict[str, Any], installation: Installation
) -> None:
    await migrated(installation, declared(name))
    changed = declared(name, **change)
    await migrated(installation, changed)
    program, versions = await state_of(installation, changed.slug())
    assert (program["live_number"], [version["number"] for version in versions]) == (2, [1, 2])
    assert (versions[1]["parent_number"], str(versions[1]["origin"])) == (1, "authored")
    assert definition_from_json(versions[1]["definition"]) == changed.program()
    (signature,) = await installation.rows("Signature", id=program["signature_id"])
    assert signature["definition"] == versions[1]["definition"]["signature"]
    async with installation.unchanged():
        await migrated(installation, changed)


async def test_a_program_follows_its_declaration_whole(installation: Installation) -> None:
    await migrated(installation, declared("WholeParcel"))
    await migrated(installation, declared("WholeParcel", module=chain_of_thought()))
    program, _ = await state_of(installation, "whole-parcel")
    assert str(program["kind"]) == "chain_of_thought"


async def an_optimized_version(installation: Installation, slug: str, number: int) -> Any:
    """A version that has learned something, made live."""
    program, (first, *_) = await state_of(installation, slug)
    state = {"self": {"instructions": "Learned.", "demos": []}}
    values = version_values(definition_from_json(first["definition"]), state)
    given = {"program_id": program["id"], "number": number, "origin": Origin.OPTIMIZED, "parent_number": 1}
    await installation.session.create(ProgramVersion.record, {**given, **values})
    await installation.rest.act("Program.promote", program["id"], number=number)
    return program["id"]


async def test_what_was_learned_stays_live_while_the_declaration_is_the_same(installation: Installation) -> None:
    await migrated(installation, declared("LearnedParcel"))
    await an_optimized_version(installation, "learned-parcel", 2)
    async with installation.unchanged():
        await migrated(installation, declared("LearnedParcel"))
    program, _ = await state_of(installation, "learned-parcel")
    assert program["live_number"] == 2


async def test_a_declaration_that_was_rolled_back_stays_so_until_it_changes(installation: Installation) -> None:
    await migrated(installation, declared("BackParcel"))
    bad = declared("BackParcel", AFTER)
    await migrated(installation, bad)
    program, _ = await state_of(installation, "back-parcel")
    await installation.rest.act("Program.promote", program["id"], number=1)
    async with installation.unchanged():
        await migrated(installation, bad)
    await migrated(installation, declared("BackParcel", AFTER, module=chain_of_thought()))
    program, versions = await state_of(installation, "back-parcel")
    assert (program["live_number"], versions[2]["number"], versions[2]["parent_number"]) == (3, 3, 1)


async def test_a_program_tells_what_its_live_version_is_made_of(installation: Installation) -> None:
    async def told() -> tuple[Any, ...]:
        program, _ = await state_of(installation, "told-parcel")
        (signature,) = await installation.rows("Signature", id=program["signature_id"])
        outputs = signature["definition"]["outputs"]
        return str(program["kind"]), program["module"], program["tools"], outputs

    await migrated(installation, declared("ToldParcel"))
    before = await told()
    await migrated(installation, declared("ToldParcel", AFTER, module=best_of_n(n=2)))
    after = await told()
    assert (after[0], after[1]["n"]) == ("best_of_n", 2)
    assert after[3] != before[3]
    program, _ = await state_of(installation, "told-parcel")
    for number, state in ((1, before), (2, after), (1, before)):
        await installation.rest.act("Program.promote", program["id"], number=number)
        assert await told() == state


async def test_what_was_learned_goes_along_when_the_declaration_changes_in_another_place(
    installation: Installation,
) -> None:
    await migrated(installation, declared("OldParcel"))
    key = await an_optimized_version(installation, "old-parcel", 2)
    await migrated(installation, declared("OldParcel", AFTER))
    program, versions = await state_of(installation, "old-parcel")
    assert (program["live_number"], versions[2]["parent_number"]) == (3, 2)
    assert versions[2]["state"] == versions[1]["state"] == {"self": {"instructions": "Learned.", "demos": []}}
    back = (await installation.rest.act("Program.promote", key, number=2)).made
    assert back["live_number"] == 2


async def test_what_was_learned_and_cannot_go_along_is_told_and_kept_on_the_version_before(
    installation: Installation, warnings: list[str]
) -> None:
    await migrated(installation, declared("LostParcel"))
    await an_optimized_version(installation, "lost-parcel", 2)
    await migrated(installation, declared("LostParcel", module=chain_of_thought()))
    assert warnings == ["program.learned_state_lost"]
    _, versions = await state_of(installation, "lost-parcel")
    assert [bool(version["state"]) for version in versions] == [False, True, False]


async def test_a_declaration_that_cannot_run_is_refused_and_leaves_nothing(installation: Installation) -> None:
    async with installation.unchanged():
        with pytest.raises(DeclarationError, match="a predict module cannot use tools"):
            await migrated(installation, declared("ToolParcel", tools=("os:system",)))
