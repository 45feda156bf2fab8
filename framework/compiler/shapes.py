"""Whether the words of an action are of the right shape, for authors who run no type checker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from framework.declare.actions import Action, ArgumentWords, Job, Read, Words
from framework.spec.action import Pagination, RetrySpec, Scope, VerbRef

SHAPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "run": (VerbRef, 'is a verb: write `verb("package.module")`'),
    "scope": (Scope, "is `Scope.RECORD` or `Scope.RESOURCE`"),
    "paginate": (Pagination, "is `keyset(...)` or `offset(...)`"),
    "accept": ((list, tuple), "is a list of attributes"),
    "retry": (RetrySpec, "is a `RetrySpec(...)`"),
    "every": ((int, float, type(None)), "is a number of seconds: write `3600` for an hour"),
}


def misshapen(words: Words) -> Iterator[tuple[str, str]]:
    """Each word that is of the wrong shape, by name, with what it should be."""
    for name, (shape, says) in SHAPES.items():
        if not isinstance(getattr(words, name, None), shape) and _says(words, name):
            yield name, says
    arguments: object = words.arguments
    if not isinstance(arguments, Mapping) or not all(isinstance(a, ArgumentWords) for a in arguments.values()):
        yield "arguments", "maps names to arguments: write `{\"name\": argument(str)}`"
    steps: object = getattr(words, "steps", ())
    if not isinstance(steps, Sequence) or not all(callable(getattr(step, "says", None)) for step in steps):
        yield "steps", "is a list of steps, each of which `says` what it does"


def _says(words: Words, name: str) -> bool:
    return hasattr(words, name) and (isinstance(words, (Action, Job, Read)) or name == "accept")
