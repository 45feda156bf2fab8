"""The function behind a name, loaded by the process that runs it and only then."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from framework.spec.action import VerbRef


@cache
def load_verb(ref: VerbRef) -> Any:
    """The function itself; raises LookupError when the module has none of that name."""
    module = import_module(ref.module)
    try:
        return getattr(module, ref.function)
    except AttributeError:
        raise LookupError(f"there is no `{ref.function}` in {ref.module}") from None
