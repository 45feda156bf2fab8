"""The command that asks a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from framework.cli.output import Json, print_json
from framework.errors import Invalid
from resources.cli.server import HERE, Url, connected

EXECUTE = """mutation ($id: ID!, $input: ExecuteProgramInput!) {
    executeProgram(id: $id, input: $input) {
        result { executionId outputs details version model latencyMs tokensIn tokensOut costUsd }
        errors { code message path hint }
    }
}"""
PROGRAM = "id liveNumber signature { inputSchema }"

Slug = Annotated[str, typer.Argument(help="The program, by its slug.")]
Values = Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE…", help="A value for each input.")]
Inputs = Annotated[str | None, typer.Option("--inputs", help="The inputs as one JSON object instead.")]
Version = Annotated[int | None, typer.Option(help="Another version than the live one.", min=1)]


async def execute(
    slug: Slug,
    values: Values = None,
    *,
    inputs: Inputs = None,
    version: Version = None,
    url: Url = HERE,
    json: Json = False,
) -> None:
    """Ask a program, and print its answer."""
    async with connected(url) as server:
        program = await server.named("programs", PROGRAM, slug=slug)
        given = _inputs(values or [], inputs, program["signature"]["inputSchema"])
        result = await server.act(EXECUTE, id=program["id"], input={"inputs": given, "version": version})
    if json:
        print_json(result)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in result["outputs"].items():
        table.add_row(f"[bold]{escape(name)}[/bold]", escape(_text(value)))
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"[dim]version {result['version']} by {escape(result['model'])} in {result['latencyMs']:.0f} ms[/dim]"
    )


def _inputs(values: Sequence[str], text: str | None, schema: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if text is not None:
        try:
            given = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Invalid(f"--inputs is no JSON: {error}", code="bad_json", path=("inputs",)) from None
        if not isinstance(given, dict):
            raise Invalid("--inputs is no JSON object", code="bad_json", path=("inputs",))
    for value in values:
        name, equals, given_text = value.partition("=")
        if not equals:
            raise Invalid(f"`{value}` is not written as NAME=VALUE", code="bad_input", path=("inputs",))
        given[name] = _value(given_text, schema.get("properties", {}).get(name, {}))
    return given


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    """Text where the signature wants text; else what it is as JSON, if it is any."""
    if schema.get("type") == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
