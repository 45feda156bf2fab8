"""Data from outside made into a typed value, or one `Invalid` that names every field at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from framework.errors import Invalid, Issue
from framework.wording import in_words

T = TypeVar("T")


def parse(adapter: TypeAdapter[T], data: Mapping[str, Any], *, what: str) -> T:
    """The value that `data` describes; `what` names it in messages ("the model", "the module")."""
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise Invalid.of(_issue(detail, what, _names(adapter)) for detail in details) from None


def _issue(detail: Any, what: str, names: Sequence[str]) -> Issue:
    path = tuple(detail["loc"])
    where = ".".join(map(str, path)) or what
    if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden") and len(path) == 1:
        near = get_close_matches(str(path[0]), names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names)}"
        return Issue(detail["type"], f"`{where}` is nothing that {what} can say", path, {"known": list(names)}, hint)
    return Issue(detail["type"], f"`{where}` of {what}: {in_words(detail)}", path)


def _names(adapter: TypeAdapter[Any]) -> tuple[str, ...]:
    """What may be said, where it is an object of named parts."""
    return tuple(adapter.json_schema().get("properties", ()))
