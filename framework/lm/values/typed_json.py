"""Data from outside made into a typed value, or one `Invalid` that names every field at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from framework.errors import Invalid, Issue

T = TypeVar("T")


def parse(adapter: TypeAdapter[T], data: Mapping[str, Any], *, what: str) -> T:
    """The value that `data` describes; `what` names it in messages ("the model", "the module")."""
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise Invalid.of(_issue(detail, what) for detail in details) from None


def _issue(detail: Any, what: str) -> Issue:
    path = tuple(detail["loc"])
    where = ".".join(map(str, path)) or what
    return Issue(detail["type"], f"`{where}` of {what}: {detail['msg'][:1].lower()}{detail['msg'][1:]}", path)
