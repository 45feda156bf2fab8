"""The check that a model's settings make sense together, and the model they define."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from framework.actions.changeset import Changeset
from framework.actions.session import Session
from framework.actions.step import Change
from framework.context import Context
from framework.errors import Invalid
from framework.lm.models.model import ModelDefinition
from framework.lm.models.networks import ModelNetworks
from framework.lm.models.secrets import Secrets
from framework.settings import Settings

DEFINING = (
    "name", "provider", "model", "api_base", "api_key_ref", "params",
    "timeout_seconds", "num_retries", "input_price", "output_price",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ValidateModel(Change):
    """Refuses settings that no model could be asked with."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Reads the settings as a model."""
        return [_checked(changeset) for changeset in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """Looks whether it may be asked where it is, with what is to be its key."""
        settings: Settings = session.services[Settings]
        secrets, networks = Secrets.of(settings), ModelNetworks.of(settings)
        return [_allowed(changeset, secrets, networks) for changeset in changesets]


@dataclass(frozen=True, slots=True)
class ValidateChange(ValidateModel):
    """Refuses settings that, with those that stay as they are, no model could be asked with."""

    needs_record: ClassVar[bool] = True


def validate_model() -> ValidateModel:
    """The settings define a model."""
    return ValidateModel()


def validate_change() -> ValidateChange:
    """The settings given and those of the record define a model."""
    return ValidateChange()


def definition_of(model: Any) -> ModelDefinition:
    """The model that a record defines."""
    return ModelDefinition.from_json({name: model[name] for name in DEFINING})


def _checked(changeset: Changeset) -> Changeset:
    settings: Mapping[str, Any] = {name: changeset.value(name) for name in DEFINING}
    try:
        ModelDefinition.from_json(settings)
    except Invalid as failure:
        return changeset.wrong(*failure.issues)
    return changeset


def _allowed(changeset: Changeset, secrets: Secrets, networks: ModelNetworks) -> Changeset:
    """Refused for an address or a key that is not allowed; each counts only together with the other."""
    if not changeset.values.keys() & {"api_base", "api_key_ref"}:
        return changeset
    address, reference = changeset.value("api_base"), changeset.value("api_key_ref")
    for check, given in ((networks.check, address), (secrets.check, reference)):
        try:
            if given is not None:
                check(given)
        except Invalid as failure:
            changeset = changeset.wrong(*failure.issues)
    return changeset
