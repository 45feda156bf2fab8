"""No two things are called the same by any of the names derived for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from framework.errors import Problem, Source
from framework.naming import camel, collection_field, mutation_field, record_field, table_name
from framework.spec.domain import DomainSpec

Named = tuple[str, str, Source]  # derived name, path, source


def distinct_names(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to resources with one table, actions with one mutation, and fields with one GraphQL name."""
    specs = domain.resources.values()
    yield from _clashes("table", ((table_name(s.name), s.name, s.source) for s in specs if s.stored))
    queries = ((field(s.name), s.name, s.source) for s in specs for field in (record_field, collection_field))
    yield from _clashes("GraphQL query", queries)
    actions = ((s.name, action) for s in specs for action in s.public_actions.values())
    mutations = ((mutation_field(name, a.name), f"{name}.{a.name}", a.source) for name, a in actions)
    yield from _clashes("GraphQL mutation", mutations)
    for spec in specs:
        fields = {**spec.values, **spec.relationships}.values()
        yield from _clashes("GraphQL field", ((camel(f.name), f"{spec.name}.{f.name}", f.source) for f in fields))


def _clashes(what: str, named: Iterable[Named]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, path, source in named:
        if first.setdefault(name, path) != path:
            yield Problem(source, path, f"`{first[name]}` has the same {what}, `{name}`", "rename one of them")
