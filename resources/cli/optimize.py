"""The command that looks for a better version of a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from framework.cli.output import Json, print_json, stderr_console
from framework.errors import Invalid
from resources.cli import runs
from resources.cli.evaluate import DatasetName, MetricName, subject
from resources.cli.execute import Slug
from resources.cli.scores import scores
from resources.cli.server import HERE, Url, connected
from resources.optimizations.optimization import Optimizer

OptimizerName = Annotated[Optimizer, typer.Option("--optimizer", help="How to search.")]
Params = Annotated[list[str] | None, typer.Option("--param", help="A setting of the optimizer, as NAME=VALUE.")]
Targets = Annotated[list[str] | None, typer.Option("--target", help="A part to improve, and not the others.")]
Limits = Annotated[list[str] | None, typer.Option("--budget", help="A limit: calls=…, tokens=…, usd=… or seconds=….")]


async def optimize(  # noqa: PLR0913 - each is an option of the command line
    slug: Slug,
    *,
    dataset: DatasetName,
    metric: MetricName,
    optimizer: OptimizerName = Optimizer.BOOTSTRAP_FEW_SHOT,
    param: Params = None,
    target: Targets = None,
    budget: Limits = None,
    url: Url = HERE,
    json: Json = False,
) -> None:
    """Look for a better version of a program, and watch the search; `promoteProgram` makes the result live."""
    settings = {"optimizer": optimizer.name, "params": _pairs(param or []), "budget": _pairs(budget or [])}
    settings |= {"targets": target or []}
    async with connected(url) as server:
        asked = {**await subject(server, slug, dataset, metric), **settings}
        ended, events = await runs.optimize(
            server, asked, title=f"optimizing {slug}", baseline=None, console=stderr_console()
        )
    if json:
        print_json({**ended, "progressEvents": events})
        return
    console = Console(highlight=False)
    console.print(scores(ended))
    number = ended["resultNumber"]
    console.print(f"version {number} is the better one" if number else "nothing better was found")


def _pairs(options: Sequence[str]) -> dict[str, Any]:
    pairs = {}
    for each in options:
        name, equals, value = each.partition("=")
        if not equals:
            raise Invalid(f"`{each}` is not written as NAME=VALUE", code="bad_input", path=(each,))
        try:
            pairs[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            pairs[name] = value
    return pairs
