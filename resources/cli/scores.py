"""Before and after, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from resources.cli.progress_view import percent


def scores(ended: Mapping[str, Any]) -> Table:
    """The scores of an optimization on the held-out split, with their 95 % confidence intervals."""
    table = Table("on the held-out split", "score", "95 % interval", "n")
    for name, title in (("baseline", "before"), ("optimized", "after")):
        if ended[f"{name}Score"] is not None:
            interval = f"{percent(ended[f'{name}Low'])} to {percent(ended[f'{name}High'])}"
            table.add_row(title, f"[bold]{percent(ended[f'{name}Score'])}[/bold]", interval, str(ended["holdoutN"]))
    return table
