"""The commands that carry what a program has learned in from a file of DSPy's, and out into one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from framework.cli.output import Json, print_json
from framework.errors import Invalid
from resources.cli.server import HERE, Url, connected

IMPORT = """mutation ($id: ID!, $input: ImportProgramInput!) {
    importProgram(id: $id, input: $input) { result { number notes } errors { code message path hint } }
}"""
PROMOTE = """mutation ($id: ID!, $input: PromoteProgramInput!) {
    promoteProgram(id: $id, input: $input) { program { liveNumber } errors { code message path hint } }
}"""
EXPORT = """mutation ($id: ID!) {
    exportProgramVersion(id: $id) { result errors { code message path hint } }
}"""
File = Annotated[Path, typer.Argument(metavar="FILE.json", help="What `program.save` of DSPy wrote.")]
Slug = Annotated[str, typer.Option("--program", help="The program, by its slug.")]
Promote = Annotated[bool, typer.Option("--promote", help="Let the new version answer.")]
Which = Annotated[str, typer.Argument(metavar="PROGRAM", help="The program, by its slug.")]
Version = Annotated[int | None, typer.Option(help="Another version than the live one.", min=1)]
Into = Annotated[Path | None, typer.Option("--file", help="Where to; the standard output if it is not said.")]


async def import_program(
    file: File,
    *,
    program: Slug,
    promote: Promote = False,
    url: Url = HERE,
    json: Json = False,
) -> None:
    """Make a version of a program that knows what a program of plain DSPy has learned."""
    state = _read(file)
    async with connected(url) as server:
        found = await server.named("programs", "id", slug=program)
        report = await server.act(IMPORT, id=found["id"], input={"state": state})
        if promote:
            await server.act(PROMOTE, id=found["id"], input={"number": report["number"]})
    if json:
        print_json(report)
        return
    console = Console(highlight=False)
    console.print(f"[bold]{program}[/bold] has version {report['number']}{', which answers now' if promote else ''}")
    for note in report["notes"]:
        console.print(f"not taken over: {note}", markup=False)


async def export_program(
    program: Which, *, version: Version = None, file: Into = None, url: Url = HERE, json: Json = False
) -> None:
    """Write what a program has learned as a file that plain DSPy loads: `program.load("x.json")`."""
    async with connected(url) as server:
        found = await server.named("programs", "id liveNumber", slug=program)
        number = found["liveNumber"] if version is None else version
        kept = await server.named("programVersions", "id", programId=found["id"], number=number)
        state = await server.act(EXPORT, id=kept["id"])
    text = orjson.dumps(state, option=orjson.OPT_APPEND_NEWLINE | (0 if json else orjson.OPT_INDENT_2))
    if file is None:
        typer.echo(text.decode(), nl=False)
        return
    try:
        file.write_bytes(text)
    except OSError as error:
        raise Invalid(f"`{file}` cannot be written: {error.strerror}", code="bad_file", path=("file",)) from None


def _read(file: Path) -> Any:
    if file.suffix in (".pkl", ".pickle"):
        hint = 'save it as JSON: program.save("x.json")'
        raise Invalid(
            f"`{file}` is a pickle, which is never read: it runs code", code="pickle", path=("file",), hint=hint
        )
    try:
        return orjson.loads(file.read_bytes())
    except OSError as error:
        raise Invalid(f"`{file}` cannot be read: {error.strerror}", code="bad_file", path=("file",)) from None
    except orjson.JSONDecodeError as error:
        raise Invalid(f"`{file}` is no JSON: {error}", code="bad_json", path=("file",)) from None
