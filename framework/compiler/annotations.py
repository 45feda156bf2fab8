"""The annotations of a resource class, evaluated with the domain's resources in sight."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args, get_origin, get_type_hints

from framework.declare.actions import ActionOptions
from framework.declare.attributes import Attr, AttributeOptions
from framework.declare.derived import DerivedOptions
from framework.declare.relationships import Link, Many, One
from framework.declare.resource import Resource
from framework.declare.rules import CheckOptions, IdentityOptions, IndexOptions
from framework.errors import Problem, Source
from framework.suggest import did_you_mean

MARKS: tuple[type, ...] = (Attr, One, Many)


class Unreadable(Exception):
    """A word of a declaration that makes no sense."""

    def __init__(self, at: Source, path: str, says: str, hint: str | None = None) -> None:
        self.problem = Problem(at, path, says, hint)
        super().__init__(str(self.problem))


def lineage(record: type) -> Iterator[type]:
    """The class and what it inherits from, outermost ancestor first, without `Resource` itself."""
    return (cls for cls in reversed(record.__mro__) if cls not in (object, Resource))


def annotation_of(name: str, word: object, record: type[Resource], resources: Mapping[str, type]) -> Any:
    """What stands in the brackets of `name: Attr[…]`; raises Unreadable."""
    mark = next(mark for mark in MARKS if isinstance(word, mark)).__name__
    at, path = source_of(word, record), f"{record.__name__}.{name}"
    for owner in record.__mro__:
        raw = vars(owner).get("__annotations__", {}).get(name)
        if raw is not None:
            break
    else:
        raise Unreadable(at, path, "has no annotation", f"write `{name}: {mark}[...] = ...`")
    try:
        said = _evaluate(raw, _in_sight(owner, record), resources)
    except NameError as error:
        says = f"`{error.name}` is neither a name in sight of `{owner.__name__}` nor a resource of the domain"
        hint = did_you_mean(str(error.name), resources) or "import it, or list it in the domain"
        raise Unreadable(at, path, says, hint) from None
    except (AttributeError, SyntaxError, TypeError) as error:
        raise Unreadable(at, path, f"`{raw}` cannot be read: {error}") from None
    origin = get_origin(said)
    if origin not in MARKS or origin.__name__ != mark:
        raise Unreadable(at, path, f"`{_shown(raw)}` is not the annotation of this word", f"write `{mark}[...]`")
    return get_args(said)[0]


def source_of(word: object, record: type[Resource]) -> Source:
    """Where a word was said, or where its class begins."""
    match word:
        case Link():
            return word.options_.source
        case Attr():
            said = getattr(word.options, "source", None)
        case ActionOptions() | IdentityOptions() | CheckOptions() | IndexOptions():
            said = word.source
        case _:
            said = None
    return said if isinstance(said, Source) else record.__scope__.source


def said_at(source: Source, word: object) -> object:
    """The word as if it had been said there: what a class implies is its author's, not its ancestor's."""
    if isinstance(word, ActionOptions):
        word.source = source
    elif isinstance(word, Attr) and isinstance(word.options, AttributeOptions | DerivedOptions):
        word.options = replace(word.options, source=source)
    return word


def unassigned(record: type[Resource]) -> Iterator[str]:
    """The names that are annotated as a field, in the order said, but were assigned nothing."""
    said = {name for cls in record.__mro__ for name in vars(cls)}
    for cls in lineage(record):
        for name, raw in vars(cls).get("__annotations__", {}).items():
            text = raw if isinstance(raw, str) else getattr(get_origin(raw), "__name__", "")
            if name not in said and text.partition("[")[0].rpartition(".")[2] in {mark.__name__ for mark in MARKS}:
                yield name


def _evaluate(raw: Any, in_sight: Mapping[str, Any], resources: Mapping[str, type]) -> Any:
    holder = type("Annotated", (), {"__annotations__": {"it": raw}})
    return get_type_hints(holder, {**resources, **in_sight}, {}, include_extras=True)["it"]


def _in_sight(owner: type, record: type[Resource]) -> dict[str, Any]:
    """The names of the module, of the function around the class, and of the types made in the class body."""
    module = sys.modules.get(owner.__module__)
    scope = owner.__scope__ if issubclass(owner, Resource) else record.__scope__
    made = {name: value for name, value in vars(owner).items() if isinstance(value, type)}
    return {**scope.module, **(vars(module) if module else {}), **scope.local, **made}


def _shown(raw: object) -> str:
    return raw if isinstance(raw, str) else getattr(raw, "__name__", str(raw))
