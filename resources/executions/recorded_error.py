"""What is kept of a failure: its code and its message, with nothing in them that cannot be stored."""

from __future__ import annotations

from typing import Any

from framework.errors import Failure
from framework.lm.values.kept_json import cleaned


def recorded_error(failure: Failure) -> dict[str, Any]:
    """The `error` of an execution."""
    return {"code": failure.issues[0].code, "message": cleaned(str(failure))}
