"""What a field may be called: a name that Python, GraphQL, Pydantic and DSPy all take."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from framework.errors import Issue, Path

LONGEST_NAME = 64

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

# Each found by running a DSPy program that has such a field: it fails, loses the value, or hides a method.
_TAKEN_BY_DSPY = frozenset(
    {
        "append",
        "append_instructions",
        "base",
        "cls",
        "completed",
        "completions",
        "config",
        "delete",
        "demos",
        "dump_state",
        "equals",
        "fields",
        "input_fields",
        "insert",
        "instance",
        "instructions",
        "lm",
        "load_state",
        "mro",
        "new_signature",
        "output_fields",
        "prediction",
        "prepend",
        "register",
        "self",
        "signature",
        "with_instructions",
        "with_updated_fields",
    }
)
_TAKEN_PREFIXES = ("model_", "dspy_")


def name_problems(name: str, path: Path) -> Iterator[Issue]:
    """What is wrong with the name of an input, of an output or of a part of an object; at most one thing."""
    if not _NAME.fullmatch(name):
        message = "a name starts with a letter and goes on with letters, digits and underscores"
        yield Issue("bad_name", f"`{name[:LONGEST_NAME]}` cannot be a name: {message}", path)
    elif len(name) > LONGEST_NAME:
        message = f"`{name[:20]}…` is too long a name: at most {LONGEST_NAME} characters"
        yield Issue("bad_name", message, path, {"maximum": LONGEST_NAME})
    elif keyword.iskeyword(name):
        yield _reserved(name, "a keyword of Python", path)
    elif name.startswith(_TAKEN_PREFIXES) or hasattr(BaseModel, name):
        yield _reserved(name, "a word of Pydantic or DSPy", path)


def reserved_problems(name: str, path: Path) -> Iterator[Issue]:
    """What else is wrong with the name of an input or an output, which DSPy passes by keyword."""
    if name in _TAKEN_BY_DSPY:
        yield _reserved(name, "a word of DSPy", path)


def duplicate_problems(names: Iterable[tuple[str, Path]]) -> Iterator[Issue]:
    """Names that are the same, or become the same where names are written in camel case."""
    seen: dict[str, str] = {}
    for name, path in names:
        folded = name.replace("_", "").lower()
        first = seen.get(folded)
        if first == name:
            yield Issue("duplicate_name", f"`{name}` is said twice: every name stands once", path, {"name": name})
        elif first is not None:
            message = f"`{name}` differs from `{first}` only in case or underscores, which camel case does not keep"
            yield Issue("duplicate_name", message, path, {"name": name, "first": first})
        seen.setdefault(folded, name)


def _reserved(name: str, whose: str, path: Path) -> Issue:
    message = f"`{name}` cannot be a name: it is {whose}"
    return Issue("reserved_name", message, path, {"name": name}, f"try `{name.rstrip('_')}_value`")
