"""The subject of a run: the program as its version keeps it, and the model that answers."""

from __future__ import annotations

from typing import Any

from framework.actions.query import Query
from framework.actions.session import Session
from framework.declare.resource import Resource
from framework.lm.evaluation.evaluation import Subject
from resources.language_models.validate_model import definition_of
from resources.programs.definition import definition_from_json

LOADED = Query().loading(version=Query(), model=Query(), metric=Query())


async def loaded_run(session: Session, record: type[Resource], key: str) -> Any:
    """The run with its version, model and metric."""
    return await session.get(record, key, LOADED)


def subject_of(run: Any) -> Subject:
    """What a loaded run is about."""
    version = run["version"]
    return Subject(definition_from_json(version["definition"]), definition_of(run["model"]), version["state"])
