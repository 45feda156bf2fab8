"""Names that every record, expression or transport already uses."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from framework.declare.resource import Resource
from framework.errors import Problem, Source
from framework.expr.build import Walk
from framework.naming import CASCADE, NULLIFY
from framework.spec.domain import DomainSpec

TRANSPORT = frozenset({"and", "or", "not", "some", "none", "every", "errors", "cursor", "node"})
RECORD = frozenset(name for name in dir(Resource) if not name.startswith("_"))
EXPRESSION = frozenset(name for name in dir(Walk) if not name.startswith("_"))
# Of actions a class says such a word with an underscore behind it: `import_`.
PYTHON = frozenset(keyword.kwlist)
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")


def reserved_names(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to what is named as something else already is, and to names a transport cannot spell."""
    for spec in domain.resources.values():
        if not CLASS.fullmatch(spec.name):
            yield Problem(spec.source, spec.name, "a resource is named in CamelCase, in ASCII")
        for field in (*spec.values.values(), *spec.relationships.values()):
            reserved = TRANSPORT | RECORD | EXPRESSION | PYTHON
            yield from _named("a field", f"{spec.name}.{field.name}", field.source, reserved)
        for action in spec.actions.values():
            yield from _named("an action", f"{spec.name}.{action.name}", action.source, RECORD | {CASCADE, NULLIFY})
            for name in action.arguments:
                path = f"{spec.name}.{action.name}.arguments.{name}"
                yield from _named("an argument", path, action.source, PYTHON)


def _named(what: str, path: str, at: Source, reserved: frozenset[str]) -> Iterator[Problem]:
    name = path.rpartition(".")[2]
    if name in reserved:
        yield Problem(at, path, "this name is taken by the framework", "choose another")
    elif not NAME.fullmatch(name):
        yield Problem(at, path, f"{what} is named in snake_case, in ASCII")
