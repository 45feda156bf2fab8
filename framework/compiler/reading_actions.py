"""The actions of a class, read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from framework.compiler.annotations import Unreadable
from framework.compiler.reading_fields import field_name, typed_default
from framework.compiler.reading_rules import read_orders
from framework.declare.actions import Action, ActionOptions, ArgumentOptions, Create, Destroy, Job, Read, Update
from framework.expr.build import node_of
from framework.spec.action import ActionSpec, ArgumentSpec, JobSpec, Scope, Step
from framework.spec.attribute import ABSENT, Default, Visibility
from framework.types.resolve import resolve
from framework.types.type import Type

T = TypeVar("T")


def read_action(name: str, options: ActionOptions, record: type) -> ActionSpec:
    """An action with its accepted attributes by name and its arguments typed; raises Unreadable."""
    path = f"{record.__name__}.{name}"
    said: dict[str, Any] = {
        "name": name,
        "resource": record.__name__,
        "kind": options.kind,
        "source": options.source,
        "doc": inspect.cleandoc(options.doc),
        "arguments": _arguments(options, path),
        "visibility": Visibility.PRIVATE if options.private else Visibility.PUBLIC,
        "quiet": options.quiet,
    }
    match options:
        case Read():
            return _read(options, said, path, record)
        case Create() | Update():
            accept = _part(options, f"{path}.accept", lambda: _names(options.accept, record))
            return ActionSpec(**said, accept=accept, steps=(*options.steps, *_listed(options.then)))
        case Destroy():
            return ActionSpec(**said, steps=tuple(options.steps))
        case Action():
            returns = _part(options, f"{path}.returns", lambda: _type(options.returns))
            return ActionSpec(**said, run=options.run, returns=returns, scope=options.scope, steps=tuple(options.steps))
        case Job():
            return ActionSpec(
                **said,
                run=options.run,
                scope=options.scope,
                steps=tuple(options.steps),
                job=_job(options, path, record),
            )
        case _:
            raise TypeError(f"there is no kind of action `{type(options).__name__}`")


def _read(options: Read, said: Mapping[str, Any], path: str, record: type) -> ActionSpec:
    where = None if options.where is None else _part(options, f"{path}.where", lambda: node_of(options.where, record))
    orders = _part(options, f"{path}.orders", lambda: read_orders(options.orders, record))
    paging, past = options.paginate, tuple(options.past)
    return ActionSpec(**said, pagination=paging, filter=where, orders=orders, indexed=options.index, past=past)


def unreadable_action(name: str, options: ActionOptions, record: type) -> ActionSpec:
    """What stands for an action that cannot be read, so that what speaks of it is not objected to as well."""
    scope = options.scope if isinstance(options, Action | Job) else Scope.RECORD
    return ActionSpec(name, record.__name__, options.kind, options.source, scope=scope)


def _part(options: ActionOptions, path: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (TypeError, AttributeError) as error:
        raise Unreadable(options.source, path, str(error)) from None


def _names(accept: Sequence[object], record: type) -> tuple[str, ...]:
    return tuple(field_name(item, record) for item in accept)


def _arguments(options: ActionOptions, path: str) -> Mapping[str, ArgumentSpec]:
    return {
        name: _part(options, f"{path}.arguments.{name}", lambda name=name, said=said: _argument(name, said))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        for name, said in options.arguments.items()
    }


def _argument(name: str, options: ArgumentOptions) -> ArgumentSpec:
    kind = resolve(options.annotation)
    default = None if options.default is ABSENT else typed_default(Default(value=options.default), kind)
    return ArgumentSpec(name, kind, default, options.doc, options.sensitive)


def _job(options: Job, path: str, record: type) -> JobSpec:
    return JobSpec(
        queue=options.queue,
        progress=_part(options, f"{path}.progress", lambda: _type(options.progress)),
        retry=options.retry,
        on_failed=options.on_failed,
        on_cancelled=options.on_cancelled,
        on_paused=options.on_paused,
        on_resumed=options.on_resumed,
        while_live=options.while_live,
        every=options.every,
        cron=options.cron,
        missed=options.missed,
        fair_by=_part(options, f"{path}.fair_by", lambda: _named(options.fair_by, record)),
    )


def _named(item: object | None, record: type) -> str | None:
    return None if item is None else field_name(item, record)


def _type(annotation: Any) -> Type | None:
    return None if annotation is None else resolve(annotation)


def _listed(then: Any) -> Iterable[Step]:
    return then if isinstance(then, (list, tuple)) else (then,)
