"""The command that does the work of jobs."""

from __future__ import annotations

from framework.cli.output import Json
from framework.cli.processes import WORKER, Beats, Keeper, Parent, Restarts, run_process
from framework.settings import load_settings


def worker(*, parent: Parent = None, beats: Beats = None, restarts: Restarts = 0, json: Json = False) -> None:
    """Run jobs, in this process and the children it forks."""
    run_process(WORKER, load_settings(), Keeper(parent, beats, restarts), json=json)
