"""A default, or what records that stand already get, is a value of its own type, within its own limits."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem, Source
from framework.spec.attribute import ABSENT, Default
from framework.spec.domain import DomainSpec
from framework.types.type import Type


def valid_defaults(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to defaults that the attribute or argument itself would refuse."""
    for spec in domain.resources.values():
        for attribute in spec.attributes.values():
            path = f"{spec.name}.{attribute.name}"
            yield from _valid(attribute.default, attribute.type, attribute.source, path)
            yield from _valid(attribute.backfill, attribute.type, attribute.source, path, called="backfill")
        for action in spec.actions.values():
            for argument in action.arguments.values():
                path = f"{spec.name}.{action.name}.arguments.{argument.name}"
                yield from _valid(argument.default, argument.type, action.source, path)


def _valid(default: Default | None, kind: Type, at: Source, path: str, *, called: str = "default") -> Iterator[Problem]:
    if default is None or default.node is not None:
        return
    # A class is called; a function that makes a default may do anything, so it is left for the first create.
    value = default.make() if isinstance(default.make, type) else default.value
    if value is ABSENT:
        return
    if value is None and not kind.nullable:
        yield Problem(at, path, f"the {called} is None, which the type leaves out", "write `... | None`")
        return
    for issue in kind.cast(value)[1]:
        yield Problem(at, path, f"the {called} breaks its own type: {issue.message}")
