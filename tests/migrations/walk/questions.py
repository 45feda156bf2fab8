"""What is asked of a step while it is written, and of records before they go."""

from __future__ import annotations

from framework.errors import Failure
from tests.migrations.walk.carrying import Rows, Step
from tests.migrations.walk.model import Link, Model, column_of, place_of


def losses(step: Step, rows: Rows) -> dict[str, int]:
    """What a step drops, and how many records hold something there."""
    found: dict[str, int] = {}
    for thing, name in step.gone():
        origin = str(step.origin(thing) if name is not None else thing)
        here = rows.get(origin, {}).values()
        if name is None:
            found[place_of(thing, step.old[thing])] = len(here)
            continue
        column = column_of(name, step.old[origin].fields[name])
        found[f"{place_of(thing, step.new[thing])}.{column}"] = sum(row[column] is not None for row in here)
    return found


def alike(failure: Failure) -> tuple[str, ...]:
    """What seems to have exchanged names with something else."""
    return tuple(str(issue.params["name"]) for issue in failure.issues if issue.code == "undecided_swap")


def pointing(thing: str, model: Model) -> list[tuple[str, str]]:
    """The columns that point to a resource."""
    return [
        (other, column)
        for other, each in model.items()
        for column, kept in each.columns.items()
        if isinstance(kept, Link) and kept.target == thing
    ]
