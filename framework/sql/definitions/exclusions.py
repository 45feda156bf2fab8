"""Exclusion constraints: which ranges spans are, and what a spec leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from framework.errors import Problem
from framework.spec.attribute import ExclusionSpec
from framework.spec.domain import DomainSpec
from framework.spec.inference import Inference
from framework.spec.resource import ResourceSpec
from framework.spec.type_rules import stored
from framework.sql.definitions.index_kinds import ORDERLY, SCALARS
from framework.types.type import Kind

RANGES: Mapping[Kind, str] = {
    Kind.DATETIME: "tstzrange",
    Kind.DATE: "daterange",
    Kind.INTEGER: "int8range",
    Kind.DECIMAL: "numrange",
}


def range_of(exclusion: ExclusionSpec, spec: ResourceSpec) -> str:
    """The function that makes a range of a span."""
    return RANGES[spec.attributes[exclusion.start].type.kind]


def extension_of_exclusion(exclusion: ExclusionSpec) -> str | None:
    """The extension that it needs: a range is PostgreSQL's own, and what else is compared needs one."""
    return SCALARS if exclusion.parts else None


def possible_exclusions(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to spans of what is no span, and to what no exclusion compares."""
    for spec in domain.stored:
        for exclusion in spec.exclusions.values():
            for says, hint in _objections(exclusion, spec, domain):
                yield Problem(exclusion.source, f"{spec.name}.{exclusion.name}", says, hint)


def _objections(exclusion: ExclusionSpec, spec: ResourceSpec, domain: DomainSpec) -> Iterator[tuple[str, str | None]]:
    start, end = (spec.attributes[name].type.kind for name in (exclusion.start, exclusion.end))
    if start is not end or start not in RANGES:
        known = ", ".join(RANGES)
        yield f"there is no span from {start} to {end}", f"both are of one of the types {known}"
    for part in exclusion.parts:
        kind = Inference(domain).infer(part, (spec,)).type
        if kind is not None and stored(kind).kind not in ORDERLY:
            yield f"values of the type {kind.kind} are not compared by an exclusion", None
