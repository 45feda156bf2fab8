"""What a model said under a header, read as a value of the field's annotation."""

from __future__ import annotations

import re
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from framework.lm.values.kept_json import cleaned
from framework.lm.values.said_values import NotSaid, read_said, within

_NOTHING = ("None", "null")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_BRACKETS = {list: ("[", "]"), dict: ("{", "}")}


def read_as(said: Any, annotation: Any) -> Any:
    """The value; raises ValueError (Pydantic's ValidationError is one) where what was said is none of this type.

    `said` is text, or a part of JSON that a model answered with: a text in it is read once more, as a whole answer is.
    """
    return TypeAdapter(annotation).validate_python(_shaped(said, annotation))


def _shaped(said: Any, annotation: Any) -> Any:
    """What was said in the shape of the annotation, for Pydantic to convert and to check."""
    kind, arguments = _plain(annotation)
    if kind is Union:
        return _optional(said, arguments)
    if kind is Literal:
        return _literal(said, arguments)
    if kind in (date, datetime):
        return _moment(said)
    if kind in _BRACKETS or _is_model(kind):
        return _composed(said, kind, arguments)
    if isinstance(said, str) and kind in (int, float, bool):
        return _read_or_text(said)
    return said


def _plain(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type without what limits it, and its arguments."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain(arguments[0])
    return (Union if origin is UnionType else origin or annotation), arguments


def _optional(said: Any, members: tuple[Any, ...]) -> Any:
    others = [member for member in members if member is not NoneType]
    if said is None or (NoneType in members and isinstance(said, str) and said.strip() in _NOTHING):
        return None
    return _shaped(said, others[0]) if len(others) == 1 else said


def _literal(said: Any, allowed: tuple[Any, ...]) -> Any:
    """One of the values, whose text is as good as itself: all their texts differ."""
    if not isinstance(said, str) or said in allowed:
        return said
    text = said.strip()
    if text.startswith(("Literal[", "str[")) and text.endswith("]"):
        text = text[text.find("[") + 1 : -1]
    text = _unquoted(text)
    return text if text in allowed else _read_or_text(text)


def _moment(said: Any) -> Any:
    """Pydantic reads a bare number as the seconds since 1970, so that a year would become that one."""
    if isinstance(said, int | float):
        raise NotSaid("a number is no date")
    text = _unquoted(said.strip()) if isinstance(said, str) else said
    if isinstance(text, str) and _NUMBER.fullmatch(text):
        raise NotSaid("a number is no date")
    return text


def _composed(said: Any, kind: Any, arguments: tuple[Any, ...]) -> Any:
    opening, closing = _BRACKETS.get(kind, _BRACKETS[dict])
    value = said
    if isinstance(said, str):
        try:
            value = read_said(said)
        except NotSaid:
            value = read_said(within(said, opening, closing))
    if kind is list and isinstance(value, list) and arguments:
        return [_part(item, arguments[0]) for item in value]
    if not isinstance(value, dict):
        return value
    if kind is dict:
        return {name: _part(item, arguments[1]) for name, item in value.items()} if arguments else value
    fields = kind.model_fields
    if unknown := [name for name in value if name not in fields]:
        raise NotSaid(f"there is no part `{cleaned(str(unknown[0])[:64])}`")
    return {name: _part(item, fields[name].annotation) for name, item in value.items()}


def _part(said: Any, annotation: Any) -> Any:
    """A part is quoted where it is text, so that `"None"` in it is that word."""
    return said if isinstance(said, str) and str in (annotation, *get_args(annotation)) else _shaped(said, annotation)


def _read_or_text(text: str) -> Any:
    try:
        return read_said(text)
    except NotSaid:
        return text


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
