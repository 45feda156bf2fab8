"""How a value may be written: as its Python type or as JSON has it, and in no other way.

Pydantic takes more than it says: `true` and `"7"` for a number, `"yes"` for a truth value, a number of seconds for a
moment, and it passes over names that a model does not have. In its strict mode it refuses the texts in which JSON
writes days and identifiers. So what it would guess at is refused before it is asked.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from enum import Enum
from functools import lru_cache, partial
from itertools import chain
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    PlainValidator,
    PydanticUserError,
    RootModel,
    TypeAdapter,
    ValidationError,
    WrapValidator,
)
from pydantic.fields import FieldInfo

from framework.errors import Issue, Path
from framework.types.scalar_forms import SCALARS, Check, Issues
from framework.types.versioned import UPGRADED

MANY = (list, tuple, set, frozenset, deque, Sequence, Set, Iterable)
MAPS = (dict, Mapping)
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
        members = {member: check_of(member) for member in args if member is not type(None)}
        return partial(_any_of, members=members) if len(members) > 1 else next(iter(members.values()))
    if origin is Literal:
        return partial(_choice, choices=args, code="literal_error")
    if origin is not None:
        return _check_within(origin, args)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return partial(_choice, choices=tuple(member.value for member in annotation), code="enum")
    # Found when a value comes, for a model may hold itself.
    return partial(_model, model=annotation) if _is_model(annotation) else None


def _check_within(origin: Any, args: tuple[Any, ...]) -> Check | None:
    """What looks at each value of a list, a tuple or a map."""
    if origin is tuple and args[1:] != (Ellipsis,):
        return partial(_tuple, items=tuple(map(check_of, args)))
    if origin in MANY and (item := check_of(args[0])):
        return partial(_list, item=item)
    if origin in MAPS and (item := check_of(args[1])):
        return partial(_map, item=item)
    return None


def _choice(value: Any, path: Path, *, choices: tuple[Any, ...], code: str) -> Issues:
    if not isinstance(value, (bool, int, float)) or isinstance(value, Enum):
        return ()
    if any(type(choice) is type(value) and choice == value for choice in choices):
        return ()
    named = " or ".join(repr(choice) for choice in choices)
    return (Issue(code, f"has to be {named}", path, {"expected": named}),)


def _any_of(value: Any, path: Path, *, members: Mapping[Any, Check | None]) -> Issues:
    """The issues of the member that has fewest, where the value is written as none of them is."""
    wrong: list[Issues] = []
    for member, check in members.items():
        issues = () if check is None else check(value, path)
        if issues:
            wrong.append(issues)
        elif _reads(member, value):
            return ()
    return min(wrong, key=len, default=())


def _reads(member: Any, value: Any) -> bool:
    try:
        _adapter(member).validate_python(value, by_alias=False, by_name=True)
    except ValidationError:
        return False
    except PydanticUserError:  # of a type that only the model as a whole can read
        return True
    return True


@lru_cache(maxsize=1024)
def _adapter(member: Any) -> TypeAdapter[Any]:
    return TypeAdapter(member)


def _tuple(value: Any, path: Path, *, items: tuple[Check | None, ...]) -> Issues:
    if not isinstance(value, (list, tuple)):
        return ()
    pairs = enumerate(zip(value, items, strict=False))
    return tuple(chain.from_iterable(check(each, (*path, place)) for place, (each, check) in pairs if check))


def _list(value: Any, path: Path, *, item: Check) -> Issues:
    if not isinstance(value, (list, tuple, set, frozenset, deque)):
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
    validators = annotation.__pydantic_decorators__.model_validators.items()
    return all(found.info.mode == "after" for name, found in validators if name != UPGRADED)
