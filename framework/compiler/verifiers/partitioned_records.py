"""What can be partitioned by time: PostgreSQL keeps nothing unique over partitions that does not say which it is in."""

from __future__ import annotations

from collections.abc import Iterator

from framework.errors import Problem
from framework.expr.nodes import Ref
from framework.spec.action import ActionKind
from framework.spec.attribute import Origin
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec
from framework.types.type import Kind

# Whoever reads the table by anything but the moment looks into each of them, and holds a lock on it meanwhile.
MOST = 100
LEAVE_OUT = "leave out `partition_every`"
Wrong = tuple[str, str]  # what is wrong, the ways out


def partitioned_records(domain: DomainSpec) -> Iterator[Problem]:
    """Objects to partitions by a moment that changes, or is absent, and to what they could not keep unique."""
    for spec in domain.stored:
        rule = spec.retention
        if rule is None or rule.partition_every is None or rule.since not in spec.attributes or not spec.managed:
            continue
        for says, hint in (
            *_of_time(rule),
            *_of_the_moment(rule, spec),
            *_of_keys(rule, spec),
            *_of_links(spec, domain),
        ):
            yield Problem(rule.source, f"{spec.name}.{rule.name}.partition_every", says, hint)


def _of_time(rule: RetentionSpec) -> Iterator[Wrong]:
    assert rule.partition_every is not None
    if rule.after < rule.partition_every:
        yield "a partition is longer than records are kept", f"have it shorter than `after`, or {LEAVE_OUT}"
    elif rule.after / rule.partition_every > MOST:
        yield f"makes more than {MOST} partitions of what is kept", "make them longer"


def _of_the_moment(rule: RetentionSpec, spec: ResourceSpec) -> Iterator[Wrong]:
    since = spec.attributes[rule.since]
    if since.type.kind is not Kind.DATETIME:
        return  # Said already.
    if since.type.nullable:
        yield (
            f"`{since.name}` may be absent, and a record without it is in no partition",
            (f"partition by a moment that is always there, as `created_at()` is, or {LEAVE_OUT}"),
        )
    if since.computed is not None or since.column_type is not None:
        yield f"`{since.name}` is worked out or of a column type of its own", f"keep a plain datetime, or {LEAVE_OUT}"
    changed = since.touched is not None or any(
        action.kind is ActionKind.UPDATE and since.name in action.accept for action in spec.actions.values()
    )
    if changed:
        yield (
            f"`{since.name}` changes, and its record would have to move to another partition",
            (f"partition by a moment that stays, as `created_at()` does, or {LEAVE_OUT}"),
        )


def _of_keys(rule: RetentionSpec, spec: ResourceSpec) -> Iterator[Wrong]:
    given = any(action.kind is ActionKind.CREATE and spec.key.name in action.accept for action in spec.actions.values())
    if spec.key.origin is Origin.GIVEN or given:
        yield (
            f"its key `{spec.key.name}` is given by callers, and is unique within a partition only",
            (f"have it generated, `primary_key()` or `sequence_key()`, or {LEAVE_OUT}"),
        )
    for identity in spec.identities.values():
        if Ref(rule.since) not in identity.parts:
            yield (
                f"`{identity.name}` is unique over all records, which partitions cannot keep",
                (f"add `{rule.since}` to what is unique together, or {LEAVE_OUT}"),
            )
    for exclusion in spec.exclusions.values():
        yield f"`{exclusion.name}` excludes over all records, which partitions cannot keep", LEAVE_OUT


def _of_links(spec: ResourceSpec, domain: DomainSpec) -> Iterator[Wrong]:
    for other in domain.stored:
        for link in other.relationships.values():
            if link.target == spec.name and domain.upholds(other, link):
                yield (
                    f"`{other.name}.{link.name}` links to it, and no foreign key leads to partitions",
                    (f"keep the key there as a plain attribute, without a link, or {LEAVE_OUT}"),
                )
