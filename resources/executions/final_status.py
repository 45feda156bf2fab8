"""The state of an execution that is recorded after its end, as the rows of an evaluation are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.step import Change
from framework.context import Context


@dataclass(frozen=True, slots=True)
class FinalStatus(Change):
    """An execution with an error has failed; one without has succeeded."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """The state follows from what is there."""
        return [_with_state(changeset) for changeset in changesets]


def final_status() -> FinalStatus:
    """It is over."""
    return FinalStatus()


def _with_state(changeset: Changeset) -> Changeset:
    name = "succeeded" if changeset.value("error") is None else "failed"
    return changeset.setting(status=changeset.resource.attributes["status"].type.cast(name)[0])
