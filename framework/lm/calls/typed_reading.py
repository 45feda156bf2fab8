"""What a model said under a header, read as a value of the field's annotation."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from framework.lm.values.kept_json import cleaned
from framework.lm.values.literals import NotALiteral, read_literal, within

_NOTHING = ("None", "null")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_BRACKETS = {list: ("[", "]"), dict: ("{", "}")}


def read_as(given: Any, annotation: Any) -> Any:
    """The value; raises ValueError (Pydantic's ValidationError is one) where what was said is none of this type.

    `given` is text, or a part of JSON that a model answered with: a text in it is read once more, as a whole answer is.
    """
    return _validator(annotation).validate_python(_shaped(given, annotation))


def _validator(annotation: Any) -> TypeAdapter[Any]:
    """What validates the type; making it takes longer than reading the value, so it is kept where it can be."""
    try:
        return _kept_validator(annotation)
    except TypeError:  # limits of Pydantic's in it have no hash
        return TypeAdapter(annotation)


@lru_cache(maxsize=512)
def _kept_validator(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _shaped(given: Any, annotation: Any) -> Any:
    """What was said in the shape of the annotation, for Pydantic to convert and to check."""
    kind, arguments = _plain(annotation)
    if kind is Union:
        return _optional(given, arguments)
    if kind is Literal:
        return _literal(given, arguments)
    if kind in (date, datetime):
        return _moment(given)
    if kind in _BRACKETS or _is_model(kind):
        return _composed(given, kind, arguments)
    if isinstance(given, str) and kind in (int, float, bool):
        return _read_or_text(given)
    return given


def _plain(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type without what limits it, and its arguments."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain(arguments[0])
    return (Union if origin is UnionType else origin or annotation), arguments


def _optional(given: Any, members: tuple[Any, ...]) -> Any:
    others = [member for member in members if member is not NoneType]
    if given is None or (NoneType in members and isinstance(given, str) and given.strip() in _NOTHING):
        return None
    return _shaped(given, others[0]) if len(others) == 1 else given


def _literal(given: Any, allowed: tuple[Any, ...]) -> Any:
    """One of the values, whose text is as good as itself: all their texts differ."""
    if not isinstance(given, str) or given in allowed:
        return given
    text = given.strip()
    if text.startswith(("Literal[", "str[")) and text.endswith("]"):
        text = text[text.find("[") + 1 : -1]
    text = _unquoted(text)
    return text if text in allowed else _read_or_text(text)


def _moment(given: Any) -> Any:
    """Pydantic reads a bare number as the seconds since 1970, so that a year would become that one."""
    if isinstance(given, int | float):
        raise NotALiteral("a number is no date")
    text = _unquoted(given.strip()) if isinstance(given, str) else given
    if isinstance(text, str) and _NUMBER.fullmatch(text):
        raise NotALiteral("a number is no date")
    return text


def _composed(given: Any, kind: Any, arguments: tuple[Any, ...]) -> Any:
    opening, closing = _BRACKETS.get(kind, _BRACKETS[dict])
    value = given
    if isinstance(given, str):
        try:
            value = read_literal(given)
        except NotALiteral:
            value = read_literal(within(given, opening, closing))
    if kind is list and isinstance(value, list) and arguments:
        return [_part(item, arguments[0]) for item in value]
    if not isinstance(value, dict):
        return value
    if kind is dict:
        return {name: _part(item, arguments[1]) for name, item in value.items()} if arguments else value
    fields = kind.model_fields
    if unknown := [name for name in value if name not in fields]:
        raise NotALiteral(f"there is no part `{cleaned(str(unknown[0])[:64])}`")
    return {name: _part(item, fields[name].annotation) for name, item in value.items()}


def _part(given: Any, annotation: Any) -> Any:
    """A part is quoted where it is text, so that `"None"` in it is that word."""
    return (
        given if isinstance(given, str) and str in (annotation, *get_args(annotation)) else _shaped(given, annotation)
    )


def _read_or_text(text: str) -> Any:
    try:
        return read_literal(text)
    except NotALiteral:
        return text


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
