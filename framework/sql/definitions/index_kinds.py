"""Which kinds of index PostgreSQL has for which values, and what is objected to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from framework.expr.nodes import Ref
from framework.spec.attribute import IndexKind, IndexSpec
from framework.spec.resource import ResourceSpec
from framework.spec.type_rules import stored
from framework.types.type import ORDERED, STRUCTURED, Kind, Type

# Under which an index and a table keep the name of the extension that they need.
NEEDS = "needs"
TRIGRAMS, SCALARS, VECTORS = "pg_trgm", "btree_gist", "vector"
TRIGRAM_OPERATORS = frozenset({"gin_trgm_ops", "gist_trgm_ops"})
OF_VECTORS = frozenset({"vector_l2_ops", "vector_cosine_ops", "vector_ip_ops"})
ORDERLY = frozenset({*ORDERED, Kind.BOOLEAN, Kind.UUID})
ANYTHING = ORDERLY | STRUCTURED | {Kind.VECTOR}
FILL = frozenset({"fillfactor"})


@dataclass(frozen=True, slots=True)
class KindRules:
    """What an index of a kind may say: the operator classes for values of a type, the first the one it has by itself.

    An empty name is PostgreSQL's own default. `several` and `includes` are whether it has more than one part, and
    attributes besides; `options` are its storage parameters.
    """

    operators: Mapping[Kind, tuple[str, ...]]
    several: bool = True
    includes: bool = False
    options: frozenset[str] = field(default_factory=frozenset)


def _each(kinds: frozenset[Kind], *names: str) -> dict[Kind, tuple[str, ...]]:
    return dict.fromkeys(kinds, names)


KINDS: Mapping[IndexKind, KindRules] = {
    IndexKind.BTREE: KindRules(_each(ANYTHING, ""), includes=True, options=FILL),
    IndexKind.HASH: KindRules(_each(ORDERLY | STRUCTURED, ""), several=False, options=FILL),
    IndexKind.GIN: KindRules(
        {**_each(STRUCTURED, "", "jsonb_ops", "jsonb_path_ops"), Kind.STRING: ("gin_trgm_ops",)},
        options=frozenset({"gin_pending_list_limit"}),
    ),
    IndexKind.GIST: KindRules({**_each(ORDERLY, ""), Kind.STRING: ("", "gist_trgm_ops")}, includes=True, options=FILL),
    IndexKind.BRIN: KindRules(_each(ORDERLY - {Kind.BOOLEAN}, ""), options=frozenset({"pages_per_range"})),
    IndexKind.HNSW: KindRules(
        _each(frozenset({Kind.VECTOR}), *sorted({*OF_VECTORS, "vector_l1_ops"})),
        several=False,
        options=frozenset({"m", "ef_construction"}),
    ),
    IndexKind.IVFFLAT: KindRules(
        _each(frozenset({Kind.VECTOR}), *sorted(OF_VECTORS)), several=False, options=frozenset({"lists"})
    ),
}


def extension_of(index: IndexSpec, spec: ResourceSpec) -> str | None:
    """The extension of PostgreSQL that an index needs, if any."""
    if index.operators in TRIGRAM_OPERATORS:
        return TRIGRAMS
    if index.kind in (IndexKind.HNSW, IndexKind.IVFFLAT):
        return VECTORS
    return SCALARS if index.kind is IndexKind.GIST else None


def objections(index: IndexSpec, types: Mapping[int, Type]) -> Iterator[tuple[str, str | None]]:
    """What is wrong with an index, each with a way out; `types` are those of its parts, where they are known."""
    rules, kind = KINDS[index.kind], index.kind
    if kind is not IndexKind.BTREE and any(part.descending for part in index.parts):
        yield f"a {kind} index has no order, so nothing in it descends", "leave out `.desc()`"
    if len(index.parts) > 1 and not rules.several:
        yield f"a {kind} index is of one attribute", "declare one for each"
    if index.include and not rules.includes:
        yield f"a {kind} index keeps nothing besides", "leave out `include`"
    for name in sorted(index.options.keys() - rules.options):
        known = ", ".join(f"`{option}`" for option in sorted(rules.options))
        yield f"a {kind} index has no option `{name}`", f"it has {known}"
    for name, value in index.options.items():
        if value < 1:
            yield f"the option `{name}` is a number from 1 on, not {value!r}", None
    for place, found in types.items():
        yield from _of_part(index, place, found)


def _of_part(index: IndexSpec, place: int, found: Type) -> Iterator[tuple[str, str | None]]:
    kind, known = index.kind, KINDS[index.kind].operators
    plain = found.kind if found.kind in known else stored(found).kind
    node = index.parts[place].node
    what = f"`{node.name}`" if isinstance(node, Ref) else "an expression"
    if plain not in known:
        wanted = ", ".join(sorted(each.value for each in known))
        yield f"there is no {kind} index over {what}, of the type {found.kind}", f"it is for {wanted}"
    elif index.operators is None and "" not in known[plain]:
        yield f"a {kind} index over {what} says by which operators", f"operators={known[plain][0]!r}"
    elif index.operators is not None and index.operators not in known[plain]:
        there = " or ".join(repr(name) for name in known[plain] if name)
        hint = f"say {there}" if there else "leave out `operators`"
        yield f"a {kind} index over {what} has no operators {index.operators!r}", hint
