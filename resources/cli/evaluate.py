"""The command that scores a program."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from framework.cli.output import Json, print_json, stderr_console
from resources.cli import runs
from resources.cli.execute import Slug
from resources.cli.progress_view import percent
from resources.cli.server import HERE, Server, Url, connected
from resources.datasets.example import Split

DatasetName = Annotated[str, typer.Option("--dataset", help="The dataset, by its name.")]
MetricName = Annotated[str, typer.Option("--metric", help="The metric, by its name.")]
SplitName = Annotated[Split, typer.Option("--split", help="Which of its examples.")]


async def evaluate(
    slug: Slug,
    *,
    dataset: DatasetName,
    metric: MetricName,
    split: SplitName = Split.TEST,
    url: Url = HERE,
    json: Json = False,
) -> None:
    """Score a program on a split of a dataset."""
    async with connected(url) as server:
        asked = {**await subject(server, slug, dataset, metric), "split": split.name}
        ended = await runs.evaluate(server, asked, title=f"evaluating {slug}", console=stderr_console())
    if json:
        print_json(ended)
        return
    interval = f"95 % between {percent(ended['scoreLow'])} and {percent(ended['scoreHigh'])}"
    Console(highlight=False).print(f"[bold]{percent(ended['score'])}[/bold] on {ended['n']} examples ({interval})")


async def subject(server: Server, slug: str, dataset: str, metric: str) -> dict[str, Any]:
    """What a run is about, by id."""
    return {
        "programId": (await server.named("programs", "id", slug=slug))["id"],
        "datasetId": (await server.named("datasets", "id", name=dataset))["id"],
        "metricId": (await server.named("metrics", "id", name=metric))["id"],
    }
