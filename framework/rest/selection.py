"""What to show of a record: `fields=name,run_count&include=project&fields[project]=slug`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from framework.actions.query import LoadRelated, LoadValue, Query
from framework.errors import Invalid, Issue
from framework.rest.parameters import Parameters
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean

MAX_INCLUDES = 16
MAX_DEPTH = 3
# How many related records are shown with each record; their own list has the others.
MAX_RELATED = 50
# How many unknown names are told of; more of them would only make the answer long.
MAX_ISSUES = 20
PARAMETERS = ("fields", "include")
# The names to show by the way to them; None for all that is stored.
Chosen = dict[tuple[str, ...], list[str] | None]


@dataclass(slots=True)
class _Wanted:
    """What is asked for of one resource on the way."""

    spec: ResourceSpec
    limit: int | None = None
    links: dict[str, _Wanted] = field(default_factory=dict)


def read_selection(parameters: Parameters, spec: ResourceSpec, domain: DomainSpec) -> Query:
    """The values and links asked for; the key is always among them. Raises Invalid."""
    root = _Wanted(spec)
    paths = parameters.names("include") or []
    if len(paths) > MAX_INCLUDES:
        raise Invalid(f"at most {MAX_INCLUDES} links can be included", code="too_many_includes", path=("include",))
    for path in paths:
        _include(root, path, domain)
    chosen: Chosen = {(): parameters.names("fields")}
    for steps, texts in parameters.bracketed.get("fields", {}).items():
        chosen[tuple(".".join(steps).split("."))] = ",".join(texts).split(",")
    query = _query(root, (), chosen)
    if chosen:
        path = ".".join(next(iter(chosen)))
        raise Invalid(
            f"`{path}` is not included", code="not_included", path=("fields", path), hint="add it to `include`"
        )
    return query


def _include(wanted: _Wanted, path: str, domain: DomainSpec) -> None:
    steps = path.split(".")
    if len(steps) > MAX_DEPTH:
        raise Invalid(f"an include follows at most {MAX_DEPTH} links", code="too_deep", path=("include",))
    many = 0
    for name in steps:
        link = wanted.spec.public_relationships.get(name)
        if link is None:
            says = f"`{wanted.spec.name}` has no `{name[:80]}` to include"
            hint = did_you_mean(name[:80], wanted.spec.public_relationships)
            raise Invalid(says, code="unknown_field", path=("include",), hint=hint)
        many += link.many
        if many > 1:
            says = f"`{path}` leads to many records twice"
            raise Invalid(says, code="too_wide", path=("include",), hint="ask their own list for the inner ones")
        limit = MAX_RELATED if link.many else None
        wanted = wanted.links.setdefault(name, _Wanted(domain.target(link), limit))


def _query(wanted: _Wanted, way: tuple[str, ...], chosen: Chosen) -> Query:
    names = chosen.pop(way, None)
    values = () if names is None else _known(names, wanted.spec, way)
    related = (LoadRelated(name, _query(inner, (*way, name), chosen)) for name, inner in wanted.links.items())
    return Query(loads=(*map(LoadValue, values), *related), limit=wanted.limit)


def _known(names: Sequence[str], spec: ResourceSpec, way: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, after the key; raises Invalid unless all are public, with the first of those that are not."""
    known = spec.public_values
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    issues = [
        Issue(
            "unknown_field",
            f"`{spec.name}` has no `{name[:80]}` to show",
            ("fields", *way),
            hint=did_you_mean(name[:80], known),
        )
        for name in unknown[:MAX_ISSUES]
    ]
    if issues:
        raise Invalid.of(issues)
    return tuple(dict.fromkeys((spec.key.name, *names)))
