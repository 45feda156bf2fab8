"""The Python functions that programs may use as tools: those on the allow-list, and no others."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from framework.errors import Invalid, Issue


@dataclass(frozen=True, slots=True)
class AllowedTools:
    """An allow-list of "module:function" references; a pattern such as "shop.tools:*" allows a whole module."""

    patterns: tuple[str, ...] = ()

    def load(self, references: Sequence[str]) -> tuple[Callable[..., Any], ...]:
        """The functions behind references; nothing is imported unless all of them are allowed."""
        refused = [
            Issue(
                "tool_not_allowed",
                f"`{reference}` is not a tool that programs may use",
                ("tools", position),
                {"reference": reference},
                "add it to the allow-list of tools in the settings",
            )
            for position, reference in enumerate(references)
            if not any(fnmatchcase(reference, pattern) for pattern in self.patterns)
        ]
        if refused:
            raise Invalid.of(refused)
        return tuple(_load(reference, position) for position, reference in enumerate(references))


def _load(reference: str, position: int) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    try:
        tool = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module does when it is imported
        missing = isinstance(error, ImportError | AttributeError)
        fault = "does not exist" if missing else f"cannot be imported: {type(error).__name__}"
        raise Invalid(
            f"`{reference}` is on the allow-list of tools but {fault}",
            code="tool_not_found",
            path=("tools", position),
            params={"reference": reference},
        ) from None
    if not callable(tool):
        raise Invalid(f"`{reference}` is not a function", code="tool_not_found", path=("tools", position))
    loaded: Callable[..., Any] = tool
    return loaded
