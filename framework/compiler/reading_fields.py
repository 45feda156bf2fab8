"""The values and links of a class, read."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, Union, get_args, get_origin

from framework.declare.actions import ActionOptions
from framework.declare.attributes import AttributeOptions
from framework.declare.derived import DerivedOptions
from framework.declare.relationships import Link, Many
from framework.expr.build import Expr, Related, Walk, node_of
from framework.expr.nodes import Ref
from framework.expr.scopes import settled
from framework.naming import foreign_key_name
from framework.spec.attribute import ABSENT, AttributeSpec, Default, DerivedSpec
from framework.spec.column_type import column_type_of, with_limits_of
from framework.spec.relationship import Hop, RelationshipSpec
from framework.types.resolve import resolve
from framework.types.type import Type


def read_attribute(name: str, annotation: Any, options: AttributeOptions, record: type) -> AttributeSpec:
    """A stored value."""
    kind = resolve(annotation, options.limits, options.dimensions)
    column = None if options.column_type is None else column_type_of(options.column_type, kind)
    kind = kind if column is None else with_limits_of(kind, column)
    spec = replace(attribute_of(name, kind, options), column_type=column)
    backfill = typed_default(read_backfill(options.backfill, record), spec.type)
    spec = replace(spec, backfill=backfill, renamed_members=read_members(options.renamed_members))
    if options.computed is not None:
        return replace(spec, computed=node_of(options.computed, record))
    if options.expression is None:
        return spec
    return replace(spec, default=Default(node=node_of(options.expression, record)))


def read_backfill(said: Any, record: type) -> Default | None:
    """What records get that stand already: a value, or an expression over them."""
    if said is ABSENT:
        return None
    return Default(node=node_of(said, record)) if isinstance(said, Expr) else Default(value=said)


def attribute_of(name: str, kind: Type, options: AttributeOptions) -> AttributeSpec:
    """A stored value of that type."""
    return AttributeSpec(
        name=name,
        type=kind,
        source=options.source,
        doc=options.doc,
        primary_key=options.primary_key,
        origin=options.origin,
        default=typed_default(options.default, kind),
        touched=options.touched,
        visibility=options.visibility,
        sensitive=options.sensitive,
        renamed_from=options.renamed_from,
        column=options.column,
    )


def read_members(said: object) -> Mapping[Any, Any]:
    """The members that have another name now, each as it is stored."""
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise TypeError("`renamed_members` is a mapping: what is stored, and the member it is now")
    return {_plain(old): _plain(new) for old, new in said.items()}


def _plain(member: object) -> object:
    return member.value if isinstance(member, Enum) else member


def typed_default(default: Default | None, kind: Type) -> Default | None:
    """The default as a value of its type: `default="high"` of an enum is the member; a wrong one stays as it is."""
    if default is None or default.value is ABSENT:
        return default
    value, issues = kind.cast(default.value)
    return default if issues else replace(default, value=value)


def read_derived(name: str, annotation: Any, options: DerivedOptions, record: type) -> DerivedSpec:
    """A value worked out on read."""
    return DerivedSpec(
        name, resolve(annotation), settled(options.build(), record), options.source, options.doc, options.visibility
    )


def read_link(name: str, annotation: Any, link: Link, record: type) -> RelationshipSpec:
    """A link; the keys of a `has_many` are filled in once its inverse is known."""
    target, nullable = _target(annotation)
    options = link.options_
    many = isinstance(link, Many)
    if many and nullable:
        raise TypeError(f"there may be none of many anyway: write `Many[{target}]`")
    return RelationshipSpec(
        name=name,
        hops=(Hop(target, "" if many else foreign_key_name(name)),),
        many=many,
        holds_key=not many,
        source=options.source,
        nullable=nullable,
        renamed_from=options.renamed_from,
        backfill=read_backfill(options.backfill, record),
        on_delete=options.on_delete,
        inverse=options.via,
        visibility=options.visibility,
        doc=options.doc,
        column=options.column,
        column_type=options.column_type,
        indexed=options.indexed,
    )


def field_name(item: object, record: type) -> str:
    """The attribute that a word of the class names; a `belongs_to` stands for its key, a string for itself."""
    match item:
        case Walk():
            return _key_of(item, record)
        case Related():
            raise TypeError(f"`{item.path_().names[0]}` is many records, not an attribute")
        case ActionOptions():
            return item.name
        case Expr():
            node = node_of(item, record)
            if isinstance(node, Ref):
                return node.name
            raise TypeError("an expression names no attribute: name attributes, or keep what is worked out in one")
        case str():
            return item
        case _:
            raise TypeError(f"{item!r} names no attribute")


def _key_of(walk: Walk, record: type) -> str:
    """The key of a link: `program`, or `Owned.program` where an ancestor declares it."""
    node = node_of(walk, record)
    if not isinstance(node, Ref):
        raise TypeError(f"`{'.'.join(walk.path_().names)}` belongs to another record")
    return foreign_key_name(node.name)


def _target(annotation: Any) -> tuple[str, bool]:
    union = get_origin(annotation) in (Union, types.UnionType)
    members = [m for m in get_args(annotation) if m is not type(None)] if union else [annotation]
    if len(members) != 1 or not isinstance(members[0], type):
        raise TypeError(f"`{annotation}` is not one resource")
    return members[0].__name__, union
