"""How a value may be written: as its Python type or as JSON has it, and in no other way.

Pydantic takes more than it says: `true` and `"7"` for a number, `"yes"` for a truth value, a number of seconds for a
moment, and it passes over names that a model does not have. In its strict mode it refuses the texts in which JSON
writes days and identifiers. So what it would guess at is refused before it is asked.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from itertools import chain
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, BeforeValidator, PlainValidator, RootModel, WrapValidator
from pydantic.fields import FieldInfo

from framework.errors import Issue, Path

Issues = tuple[Issue, ...]
Check = Callable[[Any, Path], Issues]

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}.*", re.ASCII | re.DOTALL)
DURATION = re.compile(r"[+-]?P.+", re.ASCII)
DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
OWN_READING = (BeforeValidator, WrapValidator, PlainValidator)


def check_of(annotation: Any) -> Check | None:
    """What says why a raw value is no way to write this type; None where there is nothing to check."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in SCALARS:
        return SCALARS[annotation]
    if origin is Annotated:
        # Whoever reads a value in a way of their own knows best what they take.
        return None if any(isinstance(word, OWN_READING) for word in args[1:]) else check_of(args[0])
    if origin in (Union, types.UnionType):
        members = [member for member in args if member is not type(None)]
        return check_of(members[0]) if len(members) == 1 else None
    if origin is Literal:
        return partial(_choice, choices=args, code="literal_error")
    if origin is list and (item := check_of(args[0])):
        return partial(_list, item=item)
    if origin is dict and (item := check_of(args[1])):
        return partial(_map, item=item)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return partial(_choice, choices=tuple(member.value for member in annotation), code="enum")
    # Found when a value comes, for a model may hold itself.
    return partial(_model, model=annotation) if _is_model(annotation) else None


@dataclass(frozen=True, slots=True)
class Form:
    """How a scalar is written: as none of the `foreign` kinds of values, as text only in the way of `pattern`."""

    name: str
    says: str
    foreign: tuple[type, ...]
    pattern: re.Pattern[str] | None = None

    def __call__(self, value: Any, path: Path) -> Issues:
        """The issue of a value that is written otherwise."""
        if isinstance(value, str):
            wrong = self.pattern is None or not self.pattern.fullmatch(value)
        else:
            # By class: a truth value is a whole number to Python.
            wrong = type(value) in self.foreign
        code = f"{self.name}_{'parsing' if isinstance(value, str) else 'type'}"
        return (Issue(code, f"Input should be a {self.says}", path),) if wrong else ()


NUMERIC = (bool, int, float, Decimal)
SCALARS: dict[Any, Check] = {
    int: Form("int", "valid integer", (bool,)),
    float: Form("float", "valid number", (bool,)),
    bool: Form("bool", "valid boolean: true or false", (int, float, Decimal)),
    Decimal: Form("decimal", "valid decimal: digits, with a point before the fraction", (bool,), DECIMAL),
    date: Form("date", "valid date, written as 2026-01-31", NUMERIC, DAY),
    datetime: Form("datetime", "valid datetime, written as 2026-01-31T12:00:00Z", NUMERIC, MOMENT),
    AwareDatetime: Form("datetime", "valid datetime, written as 2026-01-31T12:00:00Z", NUMERIC, MOMENT),
    timedelta: Form("time_delta", "valid duration, written as P1DT2H30M", NUMERIC, DURATION),
}


def _choice(value: Any, path: Path, *, choices: tuple[Any, ...], code: str) -> Issues:
    if not isinstance(value, (bool, int, float)) or isinstance(value, Enum):
        return ()
    if any(type(choice) is type(value) and choice == value for choice in choices):
        return ()
    named = " or ".join(repr(choice) for choice in choices)
    return (Issue(code, f"Input should be {named}", path, {"expected": named}),)


def _list(value: Any, path: Path, *, item: Check) -> Issues:
    if not isinstance(value, (list, tuple)):
        return ()
    return tuple(chain.from_iterable(item(each, (*path, place)) for place, each in enumerate(value)))


def _map(value: Any, path: Path, *, item: Check) -> Issues:
    if not isinstance(value, Mapping):
        return ()
    return tuple(chain.from_iterable(item(each, (*path, name)) for name, each in value.items()))


def _model(value: Any, path: Path, *, model: type[BaseModel]) -> Issues:
    if issubclass(model, RootModel):
        inner = check_of(model.model_fields["root"].annotation)
        return () if inner is None or isinstance(value, model) else inner(value, path)
    if not isinstance(value, Mapping):
        return ()
    checks = _checks_of(model)
    known = [check(value[name], (*path, name)) for name, check in checks.items() if check and name in value]
    return (*chain.from_iterable(known), *_unknown(value, model, path))


def _unknown(given: Mapping[str, Any], model: type[BaseModel], path: Path) -> Issues:
    if "extra" in model.model_config:
        return ()
    known = ", ".join(model.model_fields) or "nothing"
    return tuple(
        Issue("unknown_input", f"`{model.__name__}` has no `{str(name)[:80]}`; it has {known}", (*path, str(name)[:80]))
        for name in given
        if name not in model.model_fields
    )


@lru_cache(maxsize=1024)
def _checks_of(model: type[BaseModel]) -> Mapping[str, Check | None]:
    """The check of each field, but of those that the model reads in a way of its own."""
    decorators = model.__pydantic_decorators__
    own = {
        name
        for found in decorators.field_validators.values()
        if found.info.mode != "after"
        for name in found.info.fields
    }
    return {name: None if name in own else _check_of_field(info) for name, info in model.model_fields.items()}


def _check_of_field(info: FieldInfo) -> Check | None:
    return None if any(isinstance(word, OWN_READING) for word in info.metadata) else check_of(info.annotation)


def _is_model(annotation: Any) -> bool:
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return False
    return all(found.info.mode == "after" for found in annotation.__pydantic_decorators__.model_validators.values())
