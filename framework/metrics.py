"""Metrics of one process in the form that Prometheus reads. The only owner of its client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from wsgiref.simple_server import WSGIServer

import orjson
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from framework.figures import Figure
from framework.metrics_folder import MetricsFolder

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
JOB_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 36000.0)
DELAYS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What was measured since the process began. Each engine has its own; nothing is kept by the client's globals."""

    def __init__(self, among: MetricsFolder | None = None) -> None:
        self.among = among
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._actions = Histogram(
            "dspex_action_seconds",
            "How long calls of actions took, by action and outcome.",
            ("action", "outcome"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._jobs = Histogram(
            "dspex_job_seconds",
            "How long attempts of jobs took, by action and the state that they left the job in.",
            ("action", "outcome"),
            buckets=JOB_SECONDS,
            registry=self._registry,
        )
        self._loop = Histogram(
            "dspex_event_loop_delay_seconds",
            "By how much the event loop was late, looked at again and again.",
            buckets=DELAYS,
            registry=self._registry,
        )

    def action(self, name: str, outcome: str, seconds: float) -> None:
        """A call of an action, `ok` or the code of its failure."""
        self._actions.labels(name, outcome).observe(seconds)

    def job(self, name: str, outcome: str, seconds: float) -> None:
        """An attempt of a job, and the state that it left the job in."""
        self._jobs.labels(name, outcome).observe(seconds)

    def loop_delay(self, seconds: float) -> None:
        """By how much the event loop was late."""
        self._loop.observe(seconds)

    def exposition(self, figures: Iterable[Figure] = (), own: Iterable[Figure] = ()) -> bytes:
        """Everything as text, with the figures that were read just now; `own` are those of this process.

        Of several processes each has a label `process`, and what the others have left is told, too.
        """
        read = CollectorRegistry()
        read.register(_Families([*self._of_processes(own), *_Figures([*figures]).collect()]))
        return generate_latest(read)

    def exposed(self, host: str, port: int, own: Callable[[], Iterable[Figure]]) -> Exposed:
        """Told from now on to whoever asks there; raises OSError where that cannot be had."""
        server, _ = start_http_server(port, host, registry=_Live(self, own))
        return Exposed(server)

    def export(self, own: Iterable[Figure] = ()) -> None:
        """Leaves what was measured for whichever process is asked; nothing where there is one alone."""
        if self.among is not None:
            families = [*self._registry.collect(), *_Figures([*own]).collect()]
            kept = [
                (m.name, m.documentation, m.type, [(s.name, s.labels, s.value) for s in m.samples]) for m in families
            ]
            self.among.export(orjson.dumps(kept))

    def _of_processes(self, own: Iterable[Figure]) -> list[Metric]:
        ours = [*self._registry.collect(), *_Figures([*own]).collect()]
        if self.among is None:
            return ours
        left = {number: _families(orjson.loads(kept)) for number, kept in self.among.others().items()}
        return _labelled({str(self.among.number): ours, **left})


@dataclass(frozen=True, slots=True)
class Exposed:
    """Metrics that are told at a port of their own."""

    server: WSGIServer

    def leave(self) -> None:
        """In a process that was forked: the port stays that of the one which has forked it."""
        self.server.socket.close()


class _Live(CollectorRegistry):
    """Reads everything anew for each who asks."""

    def __init__(self, metrics: Metrics, own: Callable[[], Iterable[Figure]]) -> None:
        super().__init__()
        self._metrics, self._own = metrics, own

    def collect(self) -> Iterable[Metric]:
        return self._metrics._of_processes(self._own())  # noqa: SLF001 - of the same module


def _families(kept: Iterable[Any]) -> list[Metric]:
    found = []
    for name, about, kind, samples in kept:
        metric = Metric(name, about, kind)
        for sample, labels, value in samples:
            metric.add_sample(sample, labels, value)
        found.append(metric)
    return found


def _labelled(by_process: Mapping[str, Iterable[Metric]]) -> list[Metric]:
    """One family of each name, with the samples of all processes."""
    found: dict[str, Metric] = {}
    for process, families in by_process.items():
        for family in families:
            whole = found.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                whole.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)
    return [*found.values()]


class _Families(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class _Figures(Collector):
    def __init__(self, figures: list[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for figure in self._figures:
            if figure.name not in families:
                family = CounterMetricFamily if figure.name.endswith("_total") else GaugeMetricFamily
                families[figure.name] = family(figure.name, figure.about, labels=[*figure.labels])
            families[figure.name].add_metric([*figure.labels.values()], figure.value)
        return families.values()
