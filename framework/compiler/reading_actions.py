"""The actions of a class, read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from framework.compiler.annotations import Unreadable
from framework.compiler.reading_fields import field_name, typed_default
from framework.declare.actions import Action, ArgumentWords, Create, Destroy, Job, Read, Update, Words
from framework.expr.build import node_of
from framework.spec.action import ActionSpec, ArgumentSpec, JobSpec, Step
from framework.spec.attribute import ABSENT, Default, Visibility
from framework.types.resolve import resolve
from framework.types.type import Type

T = TypeVar("T")


def read_action(name: str, words: Words, record: type) -> ActionSpec:
    """An action with its accepted attributes by name and its arguments typed; raises Unreadable."""
    path = f"{record.__name__}.{name}"
    said: dict[str, Any] = {
        "name": name,
        "resource": record.__name__,
        "kind": words.kind,
        "source": words.source,
        "doc": inspect.cleandoc(words.doc),
        "arguments": _arguments(words, path),
        "visibility": Visibility.PRIVATE if words.private else Visibility.PUBLIC,
        "quiet": words.quiet,
    }
    match words:
        case Read():
            where = None if words.where is None else _part(words, f"{path}.where", lambda: node_of(words.where, record))
            return ActionSpec(**said, pagination=words.paginate, filter=where)
        case Create() | Update():
            accept = _part(words, f"{path}.accept", lambda: _names(words.accept, record))
            return ActionSpec(**said, accept=accept, steps=(*words.steps, *_listed(words.then)))
        case Destroy():
            return ActionSpec(**said, steps=tuple(words.steps))
        case Action():
            returns = _part(words, f"{path}.returns", lambda: _type(words.returns))
            return ActionSpec(**said, run=words.run, returns=returns, scope=words.scope, steps=tuple(words.steps))
        case Job():
            return ActionSpec(**said, run=words.run, scope=words.scope, steps=tuple(words.steps), job=_job(words, path))
        case _:
            raise TypeError(f"there is no kind of action `{type(words).__name__}`")


def unreadable_action(name: str, words: Words, record: type) -> ActionSpec:
    """What stands for an action that cannot be read, so that what speaks of it is not objected to as well."""
    return ActionSpec(name, record.__name__, words.kind, words.source)


def _part(words: Words, path: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (TypeError, AttributeError) as error:
        raise Unreadable(words.source, path, str(error)) from None


def _names(accept: Sequence[object], record: type) -> tuple[str, ...]:
    return tuple(field_name(item, record) for item in accept)


def _arguments(words: Words, path: str) -> Mapping[str, ArgumentSpec]:
    return {
        name: _part(words, f"{path}.arguments.{name}", lambda name=name, said=said: _argument(name, said))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        for name, said in words.arguments.items()
    }


def _argument(name: str, words: ArgumentWords) -> ArgumentSpec:
    kind = resolve(words.annotation)
    default = None if words.default is ABSENT else typed_default(Default(value=words.default), kind)
    return ArgumentSpec(name, kind, default, words.doc, words.sensitive)


def _job(words: Job, path: str) -> JobSpec:
    return JobSpec(
        queue=words.queue,
        progress=_part(words, f"{path}.progress", lambda: _type(words.progress)),
        retry=words.retry,
        on_failed=words.on_failed,
        on_cancelled=words.on_cancelled,
        unique=words.unique,
        every=words.every,
    )


def _type(annotation: Any) -> Type | None:
    return None if annotation is None else resolve(annotation)


def _listed(then: Any) -> Iterable[Step]:
    return then if isinstance(then, (list, tuple)) else (then,)
