"""A step of an action: changes what will be written, checks it, or does more around the write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from framework.actions.changeset import Changeset, Outcome
from framework.actions.session import Session
from framework.context import Context


class Change:
    """A small value that takes part in an action; every method takes all the changesets of the call.

    `apply` decides, without looking anything up. `before` may look things up and `after` may do more, both
    inside the transaction and through the session given. With `needs_record` the records are locked and read
    before `apply`, and the update is no longer a single statement. A transaction that gave
    way to another is done again, steps included: what must not happen twice belongs into `on_commit` or a job.
    """

    needs_record: ClassVar[bool] = False

    def says(self) -> str:
        """What the step does, in words."""
        return (type(self).__doc__ or type(self).__name__).splitlines()[0]

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """The changesets, changed or with issues."""
        return changesets

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """The changesets, once more, inside the transaction and before anything is written."""
        return changesets

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """More work in the same transaction; a failure rolls all of it back."""
