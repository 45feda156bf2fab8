"""What a model is told of a tool's result: values that can be kept as they are, everything else as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic_core import to_json, to_jsonable_python

from framework.lm.dspy_setup import dspy
from framework.lm.values.kept_json import cleaned
from framework.types.json_values import json_issues

LONGEST_MESSAGE = 200
OBSERVATION_CHARACTERS = "dspex_observation_characters"
MOST_CHARACTERS = 100_000
# Where something lies on the server is nobody's business but the server's.
_PATHS = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?(?:[/\\][\w.\-]+){2,}[/\\]?")


def observed(found: Any) -> Any:
    """A tool's result: JSON as it is, so that DSPy shows it as always; what cannot be kept as JSON as text."""
    try:
        plain = to_jsonable_python(ended(found))
    except ValueError:
        return _bounded(cleaned(str(found)))
    return _bounded(cleaned(plain) if any(json_issues(plain)) else plain if isinstance(found, Iterator) else found)


def ended(found: Any) -> Any:
    """What is handed out one by one may have no end: as much of it as can be shown."""
    return list(islice(found, _most())) if isinstance(found, Iterator) else found


def _bounded(found: Any) -> Any:
    """What fits; of anything longer its beginning as text, and that there was more, so that the model knows."""
    most = _most()
    text = found if isinstance(found, str) else to_json(found).decode()
    if len(text) <= most:
        return found
    return f"{text[:most]}… (cut off: {most} of {len(text)} characters are shown)"


def _most() -> int:
    most: int = dspy.settings.get(OBSERVATION_CHARACTERS, MOST_CHARACTERS)
    return most


def observed_failure(tool: str, error: Exception) -> str:
    """The kind of error and the first line of what it says; no traceback and no paths."""
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    first = _PATHS.sub("…", message.strip().split("\n", 1)[0])[:LONGEST_MESSAGE]
    return f"Execution error in {tool}: {type(error).__name__}{f': {first}' if first else ''}"
