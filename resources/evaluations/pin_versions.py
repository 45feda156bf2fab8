"""What a run is about, fixed when it is asked for: the version that is live and the data as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.data.selection import Selection
from framework.errors import Invalid
from framework.expr.nodes import Node, equals
from framework.lm.metrics.metric_json import metric_from_json
from framework.lm.signatures.interchange import from_json
from framework.spec.resource import ResourceSpec


@dataclass(frozen=True, slots=True)
class PinVersions(Change):
    """Fixes version, model and dataset version, and refuses a metric that compares what the program does not give."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Looks them up in the transaction that starts the run."""
        return [await _pinned(changeset, session) for changeset in changesets]


def pin_versions() -> PinVersions:
    """Fixes what the run is about."""
    return PinVersions()


async def _pinned(changeset: Changeset, session: Session) -> Changeset:
    found: dict[str, Any] = {}
    for name, resource in (("program_id", "Program"), ("dataset_id", "Dataset"), ("metric_id", "Metric")):
        found[name] = await _one(session, resource, equals(id=changeset.value(name)))
        if found[name] is None:
            missing = f"there is no {resource} with id {changeset.value(name)}"
            changeset = changeset.refused("no_such_record", missing, name)
    if changeset.issues:
        return changeset
    program, dataset, metric = found["program_id"], found["dataset_id"], found["metric_id"]
    wanted = changeset.arguments.get("version")
    number = program["live_number"] if wanted is None else wanted
    version = await _one(session, "ProgramVersion", equals(program_id=program["id"], number=number))
    if version is None:
        return changeset.refused("no_such_record", f"the program has no version {number}", "version")
    return _fitting(changeset, metric, version).setting(
        version_id=version["id"],
        model_id=changeset.value("model_id") or program["model_id"],
        dataset_version=dataset["version"],
    )


def _fitting(changeset: Changeset, metric: Any, version: Any) -> Changeset:
    try:
        metric_from_json(metric["definition"], definition=from_json(version["definition"]["signature"]))
    except Invalid as failure:
        return changeset.wrong(*(issue.under("metric_id") for issue in failure.issues))
    return changeset


async def _one(session: Session, resource: str, where: Node) -> Any:
    spec: ResourceSpec = session.domain.resources[resource]
    rows = await session.writer.read(Selection(spec, tuple(spec.attributes), where, limit=1))
    return rows[0] if rows else None
