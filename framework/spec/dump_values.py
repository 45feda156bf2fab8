"""Types, defaults and expressions of a spec as JSON has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from pydantic import BaseModel

from framework.expr.nodes import Node
from framework.naming import snake
from framework.spec.attribute import ABSENT, Default
from framework.types.model_json import model_json
from framework.types.type import Kind, Type


def dump_type(kind: Type | None) -> dict[str, Any] | None:
    """`{"kind": "string", "limits": {"max_length": 80}}`: only what was said; None of nothing."""
    if kind is None:
        return None
    dumped: dict[str, Any] = {"kind": kind.kind.value}
    if kind.kind in (Kind.ENUM, Kind.MODEL):
        dumped["name"] = getattr(kind.python, "__name__", str(kind.python))
    if kind.nullable:
        dumped["nullable"] = True
    if limits := kind.limits.said():
        dumped["limits"] = {name: plain(limit) for name, limit in limits.items()}
    if kind.item is not None:
        dumped["item"] = dump_type(kind.item)
    if kind.choices:
        dumped["choices"] = list(kind.choices)
    if kind.dimensions is not None:
        dumped["dimensions"] = kind.dimensions
    if kind.kind is Kind.MODEL:
        dumped["schema"] = kind.required().json_schema()
    return dumped


def dump_default(default: Default | None) -> dict[str, Any] | None:
    """The value, the function that makes it, or the expression; None where there is no default."""
    if default is None:
        return None
    if default.make is not None:
        return {"made_by": name_of(default.make)}
    if default.node is not None:
        return {"expression": dump_node(default.node)}
    return None if default.value is ABSENT else {"value": plain(default.value)}


def dump_node(node: Node | None) -> dict[str, Any] | None:
    """`{"compare": {"op": "gt", "left": …, "right": …}}`: the kind of the node, and its parts."""
    if node is None:
        return None
    return {snake(type(node).__name__): {part.name: plain(getattr(node, part.name)) for part in fields(node)}}


def plain(value: Any) -> Any:
    """Any value of a spec or a section as JSON has it."""
    match value:
        case None | bool() | int() | float() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return plain(value.value)
        case Node():
            return dump_node(value)
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
    return _object(value)


def name_of(thing: Callable[..., Any]) -> str:
    """`package.module:function`, as verbs are named."""
    return f"{getattr(thing, '__module__', '')}:{getattr(thing, '__qualname__', type(thing).__qualname__)}"


def _object(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return model_json(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value) if part.repr}
    return name_of(value) if callable(value) else str(value)
