"""Random access scopes over the library, and the world that is left when all that they hide is taken out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from framework.data.access_scope import AccessScope
from framework.data.protocols import Row
from framework.data.row_view import MemoryStore, RowView
from framework.data.snapshot import Snapshot
from framework.expr.evaluate import holds
from framework.expr.nodes import Case, Compare, Comparison, Node, Ref, Value
from framework.expr.reduce import reduced
from framework.spec.resource import ResourceSpec
from framework.testing.contract.datasets import CONSTANTS
from framework.testing.contract.expressions import conditions
from framework.testing.contract.pointed import pointed
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN, SHELF

KEPT = (SHELF, BOOK, LOAN)


@st.composite
def scopes(draw: st.DrawFn) -> AccessScope:
    """Conditions on some of the resources, and on some of their values; none on a key, by which rows are compared."""
    rows: dict[str, Node] = {}
    fields: dict[str, dict[str, Node]] = {}
    for spec in KEPT:
        allowed = st.one_of(pointed(spec.name), pointed(spec.name), conditions((spec.name,), 2)).map(reduced)
        if draw(st.sampled_from([True, True, False])):
            rows[spec.name] = draw(allowed)
        names = [name for name in spec.values if name != spec.key.name]
        hidden = draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
        fields[spec.name] = {name: draw(allowed) for name in hidden}
    return AccessScope(rows, fields)


@st.composite
def plain_scopes(draw: st.DrawFn) -> AccessScope:
    """Scopes of few shapes, which hide about half of what there is: a layer has built their statements soon."""
    rows = {"Shelf": _held("Shelf", "name"), "Book": _held("Book", "pages"), "Loan": _held("Loan", "days")}
    fields = {"Shelf": ("book_count",), "Book": ("rating", "shelf_id"), "Loan": ("book_id",)}
    hidden = draw(st.lists(st.sampled_from([*rows]), min_size=1, max_size=2, unique=True))
    blanked = draw(st.lists(st.sampled_from([*rows]), min_size=1, max_size=1))
    return AccessScope(
        {name: draw(rows[name]) for name in hidden},
        {name: {each: draw(rows[name]) for each in fields[name]} for name in blanked},
    )


def _held(resource: str, name: str) -> st.SearchStrategy[Node]:
    """That a value is some other one."""
    kind = LIBRARY.resources[resource].values[name].type.kind
    return CONSTANTS[kind].map(lambda value: Compare(Comparison.GT, Ref(name), Value(value)))


def what_is_left(whole: MemoryStore, scope: AccessScope) -> MemoryStore:
    """Without the rows and the values that may not be seen: they are gone, and nothing else is changed."""
    tables = {
        spec.name: {
            record.key: _left_of(record, scope) for record in whole.all(spec) if holds(scope.row(spec.name), record)
        }
        for spec in KEPT
    }
    domain = replace(
        whole.domain, resources={name: _blanked(spec, scope) for name, spec in whole.domain.resources.items()}
    )
    return replace(whole, domain=domain, stored=Snapshot(tables))


def kept_rows(rows: Sequence[tuple[ResourceSpec, Sequence[Row]]]) -> Snapshot:
    """Rows as they are stored, by the keys of their resources."""
    return Snapshot({spec.name: {row[spec.key.name]: row for row in each} for spec, each in rows})


def _left_of(record: RowView, scope: AccessScope) -> Row:
    """The row without what may not be read of it, and beside it which derived values may."""
    name = record.spec.name
    may = {each: holds(scope.field(name, each), record) for each in record.spec.values}
    stored = {each: value if may[each] else None for each, value in record.row.items()}
    return {**stored, **{_flag(each): may[each] for each in record.spec.derived}}


def _blanked(spec: ResourceSpec, scope: AccessScope) -> ResourceSpec:
    """The resource with its derived values absent where the row says so."""
    derived = {
        name: replace(each, node=Case(Ref(_flag(name)), each.node, Value(None)))
        if scope.field(spec.name, name) is not None
        else each
        for name, each in spec.derived.items()
    }
    return replace(spec, derived=derived)


def _flag(name: str) -> str:
    return f"may read {name}"
