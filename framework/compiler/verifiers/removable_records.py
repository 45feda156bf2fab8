"""What is kept for a while can be removed then: its age is on record, and nothing that goes along is held on to."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.expr.nodes import ActorFact, Arg, walk
from framework.spec.domain import DomainSpec
from framework.spec.relationship import OnDelete, RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec
from framework.suggest import did_you_mean
from framework.types.type import Kind

Link = tuple[ResourceSpec, RelationshipSpec]
Wrong = tuple[str, str | None]  # what is wrong, a way out


def removable_records(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to a retention that cannot be carried out.

    A record that others hold a key of is kept as long as they do, where their link says RESTRICT; with CASCADE and
    SET_NULL it becomes of them what their link says.
    """
    for spec in domain.resources.values():
        if spec.retention is not None:
            for says, hint in (*_of_the_table(spec), *_of_the_words(spec.retention, spec), *_of_links(spec, domain)):
                yield Problem(spec.retention.source, f"{spec.name}.{spec.retention.name}", says, hint)


def _of_the_table(spec: ResourceSpec) -> Iterator[Wrong]:
    if not spec.stored:
        yield f"`{spec.name}` keeps no records", "leave it out"
    elif not spec.managed:
        yield f"the records of `{spec.name}` belong to others", "have them removed there"


def _of_the_words(rule: RetentionSpec, spec: ResourceSpec) -> Iterator[Wrong]:
    for name in (rule.since, *rule.order):
        if name not in spec.attributes:
            yield f"`{name}` is not an attribute", did_you_mean(name, spec.attributes)
        elif name == rule.since and spec.attributes[name].type.kind is not Kind.DATETIME:
            yield f"`{name}` is no moment: it is of the type {spec.attributes[name].type.kind}", "name a datetime"
        elif name in rule.order and spec.attributes[name].type.nullable:
            yield f"`{name}` may be absent, so it gives no order", "name attributes that are always there"
    if any(isinstance(part, Arg | ActorFact) for part in (() if rule.where is None else walk(rule.where))):
        yield "nobody calls when records are removed, so there is no actor and no argument", None


def _of_links(spec: ResourceSpec, domain: DomainSpec) -> Iterator[Wrong]:
    holders = list(_holders(spec, domain))
    kept = [(other, link) for other, link in holders if link.on_delete is OnDelete.RESTRICT]
    if spec.retention is not None and spec.retention.order and kept:
        other, link = kept[0]
        yield f"`{other.name}.{link.name}` may hold on to a record, and with it to all after it", "leave out `in_order`"
    met, ahead = {spec.name}, [other for other, link in holders if link.on_delete is OnDelete.CASCADE]
    while ahead:
        here = ahead.pop()
        if here.name in met:
            continue
        met.add(here.name)
        for other, link in _holders(here, domain):
            if link.on_delete is OnDelete.RESTRICT:
                says = f"a `{here.name}` goes along, and `{other.name}.{link.name}` may hold on to it"
                yield says, f"say there what becomes of a `{other.name}`: `on_delete=OnDelete.CASCADE` or `SET_NULL`"
            elif link.on_delete is OnDelete.CASCADE:
                ahead.append(other)


def _holders(spec: ResourceSpec, domain: DomainSpec) -> Iterator[Link]:
    for other in domain.stored:
        for link in other.relationships.values():
            if link.target == spec.name and domain.upholds(other, link):
                yield other, link
