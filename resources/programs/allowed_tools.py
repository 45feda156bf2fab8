"""The Python functions that this installation lets programs use."""

from __future__ import annotations

from functools import cache

from framework.lm.programs.tools import AllowedTools
from framework.settings import Settings


@cache
def allowed_tools() -> AllowedTools:
    """The allow-list of the settings."""
    return AllowedTools(tuple(Settings().allowed_tools))
