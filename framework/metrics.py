"""Metrics of one process in the form that Prometheus reads. The only owner of its client."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from framework.figures import Figure

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
DELAYS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What was measured since the process began. Each engine has its own; nothing is kept by the client's globals."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._actions = Histogram(
            "dspex_action_seconds",
            "How long calls of actions took, by action and outcome.",
            ("action", "outcome"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._loop = Histogram(
            "dspex_event_loop_delay_seconds",
            "By how much the event loop was late, looked at ten times a second.",
            buckets=DELAYS,
            registry=self._registry,
        )

    def action(self, name: str, outcome: str, seconds: float) -> None:
        """A call of an action, `ok` or the name of its failure."""
        self._actions.labels(name, outcome).observe(seconds)

    def loop_delay(self, seconds: float) -> None:
        """By how much the event loop was late."""
        self._loop.observe(seconds)

    def exposition(self, figures: Iterable[Figure] = ()) -> bytes:
        """Everything as text, with the figures that were read just now."""
        read = CollectorRegistry()
        read.register(_Figures([*figures]))
        return generate_latest(self._registry) + generate_latest(read)


class _Figures(Collector):
    def __init__(self, figures: list[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for figure in self._figures:
            if figure.name not in families:
                families[figure.name] = GaugeMetricFamily(figure.name, figure.about, labels=[*figure.labels])
            families[figure.name].add_metric([*figure.labels.values()], figure.value)
        return families.values()
