"""The command that fills a dataset from a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from framework.cli.output import Json, print_json
from framework.errors import Failure, Invalid
from resources.cli.server import HERE, Server, Url, connected

CREATE = """mutation ($input: CreateDatasetInput!) {
    createDataset(input: $input) { dataset { id } errors { code message path hint } }
}"""
IMPORT = """mutation ($id: ID!, $input: ImportDatasetExamplesInput!) {
    importDatasetExamples(id: $id, input: $input) {
        result { lines added changed unchanged version } errors { code message path hint }
    }
}"""
REMOVE = """mutation ($id: ID!) {
    removeDataset(id: $id) { dataset { id } errors { code message path hint } }
}"""

Name = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset, by its name; made if there is none.")]
File = Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One example a line: key, inputs, labels, split.")]


async def import_(name: Name, file: File, *, url: Url = HERE, json: Json = False) -> None:
    """Add the examples of a JSON Lines file to a dataset: all of them or, if any line is wrong, none."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(f"`{file}` cannot be read: {error.strerror}", code="bad_file", path=("file",)) from None
    except UnicodeDecodeError as error:
        message = f"`{file}` is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}"
        raise Invalid(message, code="bad_file", path=("file",), hint="save it as UTF-8") from None
    async with connected(url) as server:
        report = await imported(server, name, content)
    if json:
        print_json(report)
        return
    Console(highlight=False).print(
        f"{report['lines']} lines, {report['added']} new, {report['changed']} corrected, "
        f"{report['unchanged']} known already; "
        f"[bold]{name}[/bold] is at version {report['version']}"
    )


async def imported(server: Server, name: str, content: str, *, signature_id: str | None = None) -> Any:
    """What became of the lines, and the dataset's id. A dataset made for lines that are refused is removed again."""
    found = await server.first("datasets", "id", name=name)
    dataset = found or await server.act(CREATE, input={"name": name, "signatureId": signature_id})
    try:
        report = await server.act(IMPORT, id=dataset["id"], input={"content": content})
    except Failure:
        if found is None:
            with suppress(Failure):
                await server.act(REMOVE, id=dataset["id"])
        raise
    return {**report, "dataset_id": dataset["id"]}
