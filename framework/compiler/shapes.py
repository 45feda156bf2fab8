"""Whether the words of an action are of the right shape, for authors who run no type checker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from framework.declare.actions import ActionOptions, ArgumentOptions
from framework.spec.action import Pagination, RetrySpec, Scope, VerbRef

SHAPES: dict[str, tuple[tuple[type, ...], str]] = {
    "run": ((VerbRef,), 'is a verb: write `verb("package.module")`'),
    "scope": ((Scope,), "is `Scope.RECORD` or `Scope.RESOURCE`"),
    "paginate": ((Pagination,), "is `keyset(...)` or `offset(...)`"),
    "orders": ((list, tuple), "is a list of orders: write `[created_at.desc()]`"),
    "index": ((bool,), "is whether there are indexes: write `index=False`"),
    "past": ((list, tuple), 'is a list of base filters: write `["archived"]`'),
    "accept": ((list, tuple), "is a list of attributes"),
    "retry": ((RetrySpec,), "is a `RetrySpec(...)`"),
    "every": ((int, float, type(None)), "is a number of seconds: write `3600` for an hour"),
    "cron": ((str, type(None)), 'is five fields as in crontab: write `"0 3 * * *"` for three in the night, in UTC'),
    "steps": ((list, tuple), "is a list of steps"),
}


STEP = ("says", "apply", "before", "after")


def misshapen(options: ActionOptions) -> Iterator[tuple[str, str]]:
    """Each word of the wrong shape, by name, with what it should be."""
    for name, (shapes, says) in SHAPES.items():
        if hasattr(options, name) and not isinstance(getattr(options, name), shapes):
            yield name, says
    arguments: object = options.arguments
    if not isinstance(arguments, Mapping) or not all(isinstance(a, ArgumentOptions) for a in arguments.values()):
        yield "arguments", 'maps names to arguments: write `{"name": argument(str)}`'
    for name in ("steps", "then"):
        said = getattr(options, name, ())
        for step in said if isinstance(said, (list, tuple)) else (said,):
            if isinstance(step, type) and _is_step(step):
                yield name, f"`{step.__name__}` is a class, which does nothing by itself: write `{step.__name__}()`"
            elif isinstance(step, type) or not _is_step(step):
                yield name, f"`{step!r}` is not a step"


def _is_step(step: object) -> bool:
    return all(callable(getattr(step, method, None)) for method in STEP) and hasattr(step, "needs_record")
