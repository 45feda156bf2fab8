"""Models that change while their JSON is stored: an old form is upgraded as it is read, the newest is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
# Where a stored model keeps its version, beside its own names; nothing else ever sees it.
VERSION = "$version"
# What Pydantic is told where the JSON is that of a store, and not what somebody has sent or is shown.
STORED = {"stored": True}
UPGRADED = "upgrade_stored_form"


class Versioned(BaseModel):
    """A model whose stored form has changed: `upgrades` lead from each form to the next, oldest first.

    Each takes the JSON of one form and gives that of the next. The newest form is the version `1 + len(upgrades)`,
    which is kept with what is stored; JSON without a version is of the first.
    """

    upgrades: ClassVar[Sequence[Upgrade]] = ()

    @model_validator(mode="before")
    @classmethod
    def upgrade_stored_form(cls, form: Any, info: ValidationInfo) -> Any:
        """The newest form of what is stored; whatever comes from elsewhere as it is."""
        return _newest(cls, {**form}) if info.context == STORED and isinstance(form, dict) else form

    @model_serializer(mode="wrap")
    def _with_version(self, written: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        form = written(self)
        version = 1 + len(type(self).upgrades)
        return {**form, VERSION: version} if info.context == STORED and version > 1 else form


def _newest(model: type[Versioned], form: dict[str, Any]) -> dict[str, Any]:
    version = form.pop(VERSION, 1)
    newest = 1 + len(model.upgrades)
    if not isinstance(version, int) or not 1 <= version <= newest:
        raise PydanticCustomError(
            "stored_by_newer",
            "was stored as version {version} of `{model}`, of which this program knows {newest}",
            {"version": str(version), "model": model.__name__, "newest": newest},
        )
    for number, upgrade in enumerate(model.upgrades[version - 1 :], version):
        try:
            form = upgrade(form)
        except Exception as error:
            # Whatever a function of the author's raises would say nothing of which stored value it is about.
            raise PydanticCustomError(
                "stored_upgrade",
                "the upgrade of `{model}` from version {version} raised {error}",
                {"version": number, "model": model.__name__, "error": type(error).__name__},
            ) from error
    return form
