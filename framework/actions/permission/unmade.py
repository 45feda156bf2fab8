"""Records that a store refused to keep, asked about all the same: whoever may not make one is told that, and nothing of
what else was in the way, which may be hidden from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from framework.actions.changeset import Changeset, Outcome
from framework.actions.permission.permits import forbidden
from framework.actions.permission.surroundings import Surroundings
from framework.actions.refusals import together
from framework.data.protocols import Reads, Row, Transaction
from framework.data.row_view import MemoryStore, RowView
from framework.errors import Conflict, Invalid
from framework.expr.evaluate import evaluate, holds
from framework.expr.nodes import Node
from framework.spec.attribute import Origin
from framework.spec.domain import DomainSpec

# What a store refuses for what else it has, or for values that were worked out of that.
TELLING = frozenset({"taken", "overlaps", "no_such_record", "check_failed", "out_of_range", "missing"})
LAST_NUMBER = 2**62
Ask = Callable[[], Awaitable[None]]


async def permits_first(
    write: Callable[[], Awaitable[list[Outcome]]],
    hold: Callable[[list[Outcome]], Awaitable[None]],
    ask: Ask,
    tx: Transaction,
) -> list[Outcome]:
    """What was written, if that holds as it is stored; where the store refuses it, `ask` says first who may not."""
    refused = False
    try:
        async with tx.savepoint():
            try:
                outcomes = await write()
            except (Conflict, Invalid) as failure:
                refused = failure.issues[0].code in TELLING
                raise
            await hold(outcomes)
            return outcomes
    except (Conflict, Invalid):
        if refused:
            await ask()
        raise


@dataclass(frozen=True, slots=True)
class Unmade:
    """A record that would be made or changed, what is stored of it until then, and what is asked of it."""

    changeset: Changeset
    asked: Node | None
    stored: Row = field(default_factory=dict)


async def refuse_unmade(unmade: Sequence[Unmade | None], domain: DomainSpec, reader: Reads) -> None:
    """Returns if each record, with all others of the call made too, is as is asked of it; raises Forbidden.

    The next number of a sequence is not known, so a condition on it is not met; the time is that of this process. Where
    more is around the records than can be looked at, nothing is allowed. None is a record that nothing is asked of.
    """
    known = [(place, each) for place, each in enumerate(unmade) if each is not None]
    if all(each.asked is None for _, each in known):
        return
    action, spec = known[0][1].changeset.action, known[0][1].changeset.resource
    around = Surroundings(spec, domain, reader)
    rows = await around.settled(lambda: [_row(each, around.store, place) for place, each in known])
    around.records = rows or ()
    seen = [RowView(row, spec, around.store) for row in around.records]
    met = await around.settled(lambda: [holds(each.asked, row) for (_, each), row in zip(known, seen, strict=False)])
    lost = [place for (place, _), is_met in zip(known, met or [False] * len(known), strict=True) if not is_met]
    if lost:
        raise together({place: [forbidden(action)] for place in lost}, len(unmade))


def _row(unmade: Unmade, store: MemoryStore, place: int) -> Row:
    """As it would be stored, but for its limits, which the store has looked at or not."""
    spec = unmade.changeset.resource
    first = {**dict.fromkeys(spec.attributes), **unmade.stored}
    if first[spec.key.name] is None and spec.key.origin is Origin.SEQUENCE:
        # No two are one; the next number is greater than all there are.
        first[spec.key.name] = LAST_NUMBER + place
    row = {**first, **_worked_out(unmade.changeset.values, RowView(first, spec, store))}
    stored = {each.name: each.computed for each in spec.attributes.values() if each.computed is not None}
    return {**row, **_worked_out(stored, RowView(row, spec, store))}


def _worked_out(values: Mapping[str, Any], record: RowView) -> dict[str, Any]:
    return {name: _of(value, record) if isinstance(value, Node) else value for name, value in values.items()}


def _of(node: Node, record: RowView) -> Any:
    """What an expression comes to; absent where that is out of all range, which is what the store has said of it."""
    try:
        return evaluate(node, record)
    except ArithmeticError:
        return None
