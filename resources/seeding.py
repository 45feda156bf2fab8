"""The rows that are there from the first migration on: a project, and the offline model."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from framework.actions.session import Session
from framework.data.selection import Selection
from framework.expr.nodes import equals
from framework.spec.resource import ResourceSpec
from resources.accounts.project import DEFAULT_PROJECT
from resources.language_models.language_model import OFFLINE_MODEL

SEEDS: tuple[tuple[str, UUID, dict[str, Any]], ...] = (
    ("Project", DEFAULT_PROJECT, {"slug": "default", "name": "Default"}),
    (
        "LanguageModel",
        OFFLINE_MODEL,
        {"name": "offline/in-context", "provider": "offline", "model": "in-context", "project_id": DEFAULT_PROJECT},
    ),
)


async def seed(session: Session) -> None:
    """Makes the rows that are missing; their keys are constants, so they are written beneath the actions."""
    for resource, key, values in SEEDS:
        spec = session.domain.resources[resource]
        fresh = {name: a.default.fresh() for name, a in spec.attributes.items() if a.default is not None}
        await session.with_transaction(partial(_add, spec, {**fresh, **values, "id": key}))


async def _add(spec: ResourceSpec, row: dict[str, Any], session: Session) -> None:
    if not await session.writer.read(Selection(spec, ("id",), equals(id=row["id"]))):
        await session.writer.insert(spec, [row])
