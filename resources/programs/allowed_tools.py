"""The Python functions that programs may use in this process."""

from __future__ import annotations

from framework.actions.session import Session
from framework.lm.programs.tools import AllowedTools
from framework.settings import Settings


def allowed_tools(session: Session) -> AllowedTools:
    """The allow-list of the settings that the process began with."""
    settings: Settings = session.services[Settings]
    return AllowedTools(settings.allowed_tools)
