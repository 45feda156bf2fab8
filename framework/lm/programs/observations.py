"""What a model is told of a tool's result: values that can be kept as they are, everything else as text."""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import to_jsonable_python

from framework.lm.values.kept_json import cleaned
from framework.types.json_values import json_issues

LONGEST_MESSAGE = 200
# Where something lies on the server is nobody's business but the server's.
_PATHS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?(?:[/\\][\w.\-]+){2,}[/\\]?")


def observed(found: Any) -> Any:
    """A tool's result: JSON as it is, so that DSPy shows it as always; what cannot be kept as JSON as text."""
    try:
        plain = to_jsonable_python(found)
    except ValueError:
        return cleaned(str(found))
    return cleaned(plain) if any(json_issues(plain)) else found


def observed_failure(tool: str, error: Exception) -> str:
    """The kind of error and the first line of what it says; no traceback and no paths."""
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    first = _PATHS.sub("…", message.strip().split("\n", 1)[0])[:LONGEST_MESSAGE]
    return f"Execution error in {tool}: {type(error).__name__}{f': {first}' if first else ''}"
