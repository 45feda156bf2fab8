"""Failures of single calls made one failure of all of them: every one is told, each under its index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from framework.actions.changeset import Changeset
from framework.errors import Conflict, Failure, Forbidden, Invalid, NotFound, Unavailable

# What is told first when calls are refused for different reasons: no other is of use before it is settled.
FIRST_TOLD: tuple[type[Failure], ...] = (Forbidden, NotFound, Invalid, Conflict, Unavailable, Failure)


Refuse = Callable[[Sequence[Changeset]], None]


def refuse_wrong(changesets: Sequence[Changeset]) -> None:
    """Raises the failure of the changesets that were refused, if any was."""
    refused = {index: changeset.refusals for index, changeset in enumerate(changesets) if changeset.refusals}
    if refused:
        raise together(refused, len(changesets))


def refuse_none(changesets: Sequence[Changeset]) -> None:
    """Raises nothing: each changeset that was refused ends by itself, and the others go on."""


def together(refused: Mapping[int, Sequence[Failure]], calls: int) -> Failure:
    """One failure of the gravest kind, with the issues of all failures of that kind; of several calls, by index."""
    every = [(index, failure) for index, failures in refused.items() for failure in failures]
    kind = min((kind_of(failure) for _, failure in every), key=FIRST_TOLD.index)
    told = [(index, failure) for index, failure in every if kind_of(failure) is kind]
    if calls == 1 and len(told) == 1:
        return told[0][1]
    return kind.of(issue if calls == 1 else issue.under(index) for index, failure in told for issue in failure.issues)


def kind_of(failure: Failure) -> type[Failure]:
    """Which kind of failure it is."""
    return next(kind for kind in FIRST_TOLD if isinstance(failure, kind))


def places_of(failure: Failure, calls: int) -> Sequence[int]:
    """Which of the calls it is about: those that its issues name, all where they name none."""
    named = {issue.path[0] for issue in failure.issues if calls > 1 and issue.path}
    return sorted(place for place in named if isinstance(place, int)) or range(calls)
