"""The figures of a worker for Prometheus: each of its processes leaves its own in a folder, and the first tells of all.

A worker answers nobody else, so this is told only where a port is named for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from framework.metrics import Exposed, Metrics
from framework.metrics_folder import MetricsFolder
from framework.processes.kept import Kept
from framework.settings import Settings
from framework.telemetry import log


@dataclass(frozen=True, slots=True)
class Exporter:
    """The folder of a worker's processes, and the port at which the first tells of all; None where nobody is told."""

    folder: Path
    exposed: Exposed | None

    def leave(self) -> None:
        """In a process that was forked and has all files of the first: the port stays that one's alone."""
        if self.exposed is not None:
            self.exposed.leave()

    def begin(self, place: int) -> Metrics | None:
        """What the process at that place measures, from now on."""
        if self.exposed is None:
            return None
        metrics = Metrics(MetricsFolder(self.folder, place))
        metrics.export()
        return metrics


@contextmanager
def exporting(settings: Settings, processes: int, kept: Kept) -> Iterator[Exporter]:
    """Told at the port of the settings for as long as the block lasts. `processes` will be forked, at places from 0."""
    with tempfile.TemporaryDirectory(prefix="dspex-metrics-", ignore_cleanup_errors=True) as folder:
        yield Exporter(Path(folder), _exposed(settings, MetricsFolder(Path(folder), processes), kept))


def _exposed(settings: Settings, among: MetricsFolder, kept: Kept) -> Exposed | None:
    if settings.worker_metrics_port is None:
        return None
    try:
        return Metrics(among).exposed(settings.host, settings.worker_metrics_port, kept.figures)
    except OSError as error:
        # Another process may have the port; jobs are done all the same.
        log.error("worker.metrics_not_told", port=settings.worker_metrics_port, error=str(error))
        return None
