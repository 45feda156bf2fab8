"""The indexes of a table: those declared, and those that follow from its reads, its end, its states and its links.

No index is the beginning of another one: what a longer one serves needs none of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from framework.expr.nodes import (
    ActorFact,
    Among,
    Arg,
    Combine,
    Compare,
    Comparison,
    IsNull,
    Logic,
    Node,
    Not,
    Ref,
    Value,
    every,
)
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.attribute import IndexKind, IndexPart, IndexSpec
from framework.spec.relationship import RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Kind

Parts = tuple[IndexPart, ...]
# What is compared alike whatever the settings of a connection are.
STEADY = frozenset({Kind.BOOLEAN, Kind.ENUM, Kind.LITERAL, Kind.STRING, Kind.INTEGER, Kind.UUID})


def indexes_of(spec: ResourceSpec) -> Iterator[IndexSpec]:
    """Those declared first, as they were said."""
    yield from spec.indexes
    yield from derived_indexes(spec)


def derived_indexes(spec: ResourceSpec) -> list[IndexSpec]:
    """What nobody has to declare.

    A link has none where another index, or what is unique, begins with its key already, or as it says so; neither have
    the live states where one begins with the state.
    """
    lists = [index for read in spec.actions.values() for index in _of_read(read, spec)]
    lists += _of_retention(spec)
    lists = [index for place, index in enumerate(lists) if not _is_served(index, lists[:place], lists, spec)]
    led = {parts[0].node for parts in whole_orders(spec)} | {one.parts[0].node for one in lists if one.where is None}
    states = [] if spec.machine is None or Ref(spec.machine.attribute) in led else [*_of_states(spec)]
    links = (link for link in foreign_keys(spec) if link.indexed and Ref(link.attribute) not in led)
    return [*lists, *states, *(IndexSpec((IndexPart(Ref(link.attribute)),), link.source) for link in links)]


def beginnings(spec: ResourceSpec) -> Iterator[tuple[IndexSpec, ActionSpec]]:
    """Indexes declared that are the beginning of what an order of a read has, and that read."""
    plain = [index for index in spec.indexes if _is_plain(index)]
    for read in spec.actions.values():
        for longer in _of_read(read, spec):
            for index in plain:
                shorter = len(index.parts) < len(longer.parts)
                if shorter and index.where == longer.where and _begins(index.parts, longer.parts):
                    yield index, read


def foreign_keys(spec: ResourceSpec) -> list[RelationshipSpec]:
    """The links whose key this resource holds."""
    return [link for link in spec.relationships.values() if link.holds_key]


def whole_orders(spec: ResourceSpec) -> Iterator[Parts]:
    """What indexes and unique rules over all records go by, the key among them."""
    yield (IndexPart(Ref(spec.key.name)),)
    yield from (index.parts for index in spec.indexes if index.where is None and _is_plain(index))
    for identity in spec.identities.values():
        if identity.where is None:
            yield tuple(IndexPart(part) for part in identity.parts)


def _of_read(read: ActionSpec, spec: ResourceSpec) -> Iterator[IndexSpec]:
    """One for each order: what the read compares, what it is sorted by, and the key, by which pages go on."""
    if read.kind is not ActionKind.READ or not read.indexed:
        return
    met, constant = _narrowed(read, spec)
    for order in read.orders or ((),):
        parts = _with_key((*met, *(part for part in _ascending(order, spec) if part.node not in _nodes(met))), spec)
        yield IndexSpec(parts, read.source, constant, among=read.name)


def _of_retention(spec: ResourceSpec) -> Iterator[IndexSpec]:
    """What finds the records that are to go, the oldest first."""
    rule = spec.retention
    if rule is not None:
        order = rule.order or (rule.since, spec.key.name)
        yield IndexSpec(tuple(IndexPart(Ref(name)) for name in order), rule.source)


def _narrowed(read: ActionSpec, spec: ResourceSpec) -> tuple[Parts, Node | None]:
    """The attributes that a read compares with what a call gives, and what it says of them whoever calls."""
    owned = spec.tenancy is not None and not spec.tenancy.shared and spec.tenancy.attribute != spec.key.name
    met: dict[Node, None] = {Ref(spec.tenancy.attribute): None} if spec.tenancy is not None and owned else {}
    constant: list[Node] = []
    for condition in _conditions(read.filter):
        match condition:
            case Compare(Comparison.EQ, Ref(name), Arg() | ActorFact()) if name in spec.attributes:
                met[Ref(name)] = None
            case _ if _is_constant(condition, spec):
                constant.append(condition)
    return tuple(map(IndexPart, met)), every(*constant) if constant else None


def _conditions(node: Node | None) -> Sequence[Node]:
    """What has to be true, each by itself."""
    if isinstance(node, Combine) and node.op is Logic.AND:
        return [*chain.from_iterable(map(_conditions, node.items))]
    return [] if node is None else [node]


def _is_constant(node: Node, spec: ResourceSpec) -> bool:
    """Whether it is about the stored values of a record and nothing else, so that an index can be of those records."""
    match node:
        case IsNull(Ref(name)):
            return name in spec.attributes
        case Ref(name) | Compare(_, Ref(name), Value()) | Among(Ref(name)):
            found = spec.attributes.get(name)
            return found is not None and found.column_type is None and found.type.kind in STEADY
        case Not(item):
            return _is_constant(item, spec)
    return False


def _ascending(order: Parts, spec: ResourceSpec) -> Parts:
    """The order, turned round where it descends throughout: an index is read from both ends.

    Not where a value may be absent: that comes last whichever way it sorts.
    """
    turned = all(part.descending and not spec.attributes[_name(part)].type.nullable for part in order)
    return tuple(IndexPart(part.node) for part in order) if turned else order


def _with_key(parts: Parts, spec: ResourceSpec) -> Parts:
    """Up to what no two records share; to the key in the end, in the direction of what stands before it."""
    for length in range(1, len(parts) + 1):
        if _is_unique({_name(part) for part in parts[:length]}, spec):
            return parts[:length]
    return (*parts, IndexPart(Ref(spec.key.name), bool(parts) and parts[-1].descending))


def _is_unique(names: set[str], spec: ResourceSpec) -> bool:
    """Whether no two records have the same values of all of these."""
    unique = (identity.attributes for identity in spec.identities.values() if identity.whole)
    required = (each for each in unique if not any(spec.attributes[name].type.nullable for name in each))
    return spec.key.name in names or any(names.issuperset(each) for each in required)


def _of_states(spec: ResourceSpec) -> Iterator[IndexSpec]:
    """The records that still move, by state."""
    machine = spec.machine
    if machine is None or not machine.indexed or not machine.live:
        return
    state = spec.attributes[machine.attribute]
    live = tuple(state.type.cast(each)[0] for each in machine.live)
    where: Node | None = Among(Ref(state.name), live)
    if len(live) == len(machine.states):
        where = None
    elif len(live) == 1:
        where = Compare(Comparison.EQ, Ref(state.name), Value(live[0]))
    parts = (IndexPart(Ref(state.name)), IndexPart(Ref(spec.key.name)))
    yield IndexSpec(parts, state.source, where, among="live")


def _is_served(index: IndexSpec, before: Sequence[IndexSpec], all_: Sequence[IndexSpec], spec: ResourceSpec) -> bool:
    """Whether another index, or what is unique, begins with all that it is of."""
    if index.where is None and any(_begins(index.parts, parts) for parts in whole_orders(spec)):
        return True
    if any(_is_plain(each) and each.where == index.where and _begins(index.parts, each.parts) for each in spec.indexes):
        return True
    alike = [each for each in all_ if each.where == index.where and _begins(index.parts, each.parts)]
    return any(len(each.parts) > len(index.parts) or each in before for each in alike)


def _begins(short: Parts, long: Parts) -> bool:
    return long[: len(short)] == short


def _is_plain(index: IndexSpec) -> bool:
    return index.kind is IndexKind.BTREE and index.operators is None


def _nodes(parts: Parts) -> list[Node]:
    return [part.node for part in parts]


def _name(part: IndexPart) -> str:
    assert isinstance(part.node, Ref)
    return part.node.name
