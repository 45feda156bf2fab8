"""The order a client asks for: `-created_at`, `program.name`."""

from __future__ import annotations

from collections.abc import Sequence

from framework.actions.query import Sort
from framework.errors import Invalid, Issue, Path
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.suggest import did_you_mean
from framework.types.type import ORDERED

MAX_SORTS = 8
MAX_STEPS = 4
LONGEST_NAME = 320


def parse_sort(
    names: Sequence[str], spec: ResourceSpec, domain: DomainSpec, *, path: Path = ("sort",)
) -> tuple[Sort, ...]:
    """What to sort by, first things first; raises Invalid with everything that is wrong with it."""
    if len(names) > MAX_SORTS:
        raise Invalid(f"at most {MAX_SORTS} values can be sorted by", code="too_many_sorts", path=path)
    sorts: list[Sort] = []
    issues: list[Issue] = []
    for place, given in enumerate(names):
        name = given[:LONGEST_NAME]
        sort = Sort(tuple(name.removeprefix("-").split(".")), name.startswith("-"))
        issue = _wrong(sort, spec, domain, (*path, place))
        if issue is None and any(sort.path == other.path for other in sorts):
            issue = Issue("repeated", f"`{'.'.join(sort.path)}` is sorted by twice", (*path, place))
        sorts.append(sort)
        issues.extend([issue] if issue else [])
    if issues:
        raise Invalid.of(issues)
    return tuple(sorts)


def _wrong(sort: Sort, spec: ResourceSpec, domain: DomainSpec, path: Path) -> Issue | None:
    *links, last = sort.path
    if len(links) > MAX_STEPS:
        return Issue("too_deep", f"a sort follows at most {MAX_STEPS} links", path)
    for name in links:
        known = {link.name: link for link in spec.public_relationships.values() if not link.many}
        if name not in known:
            says = f"`{spec.name}` has no `{name}` that leads to one record"
            return Issue("unknown_field", says, path, hint=did_you_mean(name, known))
        spec = domain.target(known[name])
    value = spec.public_values.get(last)
    if value is None:
        says = f"`{spec.name}` has no `{last}` to sort by"
        return Issue("unknown_field", says, path, hint=did_you_mean(last, spec.public_values))
    if value.type.kind not in ORDERED:
        return Issue("not_ordered", f"`{last}` has no order: it is of the type {value.type.kind}", path)
    return None
