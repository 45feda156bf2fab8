"""An email address as it is kept: small letters, as nobody is two people by how they write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.actions.changeset import Changeset
from framework.actions.step import Change
from framework.context import Context


@dataclass(frozen=True, slots=True)
class NormalizedEmail(Change):
    """Keeps the email in small letters."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """With it in small letters."""
        return [changeset.setting(email=normalized(changeset.value("email"))) for changeset in changesets]


def normalized_email() -> NormalizedEmail:
    """However it was written."""
    return NormalizedEmail()


def normalized(email: str) -> str:
    """As it is kept and looked up."""
    return email.strip().lower()
