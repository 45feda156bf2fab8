"""What many by one call are told, worked out from what each is told alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from framework.actions.refusals import FIRST_TOLD, kind_of
from framework.errors import Failure

Told = list[tuple[tuple[Any, ...], str]]


def told_of(failure: Failure) -> Told:
    """Where and what."""
    return sorted([(issue.path, issue.code) for issue in failure.issues], key=str)


def expected(alone: Sequence[object], stage: Callable[[Failure], int]) -> tuple[type[Failure], Told]:
    """Of all that fail alone, those that fail first, and of those the gravest kind: its issues, each by its index."""
    failed = [(index, end) for index, end in enumerate(alone) if isinstance(end, Failure)]
    first = min(stage(failure) for _, failure in failed)
    met = [(index, failure) for index, failure in failed if stage(failure) == first]
    kind = min((kind_of(failure) for _, failure in met), key=FIRST_TOLD.index)
    issues = [
        ((index, *issue.path) if len(alone) > 1 else issue.path, issue.code)
        for index, failure in met
        if kind_of(failure) is kind
        for issue in failure.issues
    ]
    return kind, sorted(issues, key=str)
