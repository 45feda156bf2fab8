"""Reads: a page of records, their number, or those of given keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

from framework.actions.authorize import admitted
from framework.actions.cast import cast_id
from framework.actions.conditions import typed_condition
from framework.actions.keys_first import has_keys_first, keys_first
from framework.actions.keyset import full_sort, keys_of, loading_order, place_filter
from framework.actions.load import Loader
from framework.actions.page_size import page_offset, page_size
from framework.actions.query import Direction, Keys, Page, Place, Query, SeenRecord
from framework.actions.request import Request
from framework.actions.session import Session
from framework.data.protocols import Reads
from framework.data.selection import Lock
from framework.data.total import Total
from framework.errors import Invalid, Issue
from framework.expr.bind import bind, rooted_at
from framework.expr.nodes import TRUE, Among, Node, Ref, equals, every
from framework.expr.whole import Whole
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec


async def page(session: Session, action: ActionSpec, query: Query, arguments: Mapping[str, Any]) -> Page:
    """One page; a record more than asked for is read to know whether another follows."""
    resource = session.domain.resources[action.resource]
    session, found_by = await _asked(session, action, query, arguments)
    limit = page_size(query.limit, action.pagination, of=f"a page of `{action.resource}.{action.name}`")
    page_offset(query.offset)
    sort = full_sort(query, resource)
    after = await _keys(session, resource, query, found_by, name="after")
    before = await _keys(session, resource, query, found_by, name="before")
    where = every(found_by, place_filter(sort, resource, after, before))
    wanted, ways = loading_order(replace(query, filter=None, limit=limit + 1), sort, resource, session.domain)
    async with _reader(session, resource, wanted, where) as reader:
        where = await keys_first(where, resource, session.domain, reader)
        found = await Loader(session, reader).records(resource, wanted, where)
    # After a page of nothing there is no place to go on from.
    more, records = len(found) > limit > 0, found[:limit]
    backward = query.direction is Direction.BACKWARD
    if backward:
        records.reverse()
    return Page(
        records,
        [keys_of(record, ways) for record in records],
        has_next=query.before is not None if backward else more,
        has_previous=more if backward else query.after is not None or bool(query.offset),
    )


async def total(session: Session, action: ActionSpec, query: Query, arguments: Mapping[str, Any]) -> int:
    """How many records there are on all pages together."""
    async with _asked_of(session, action, query, arguments) as (reader, where):
        return await reader.count(session.domain.resources[action.resource], where)


async def estimate(session: Session, action: ActionSpec, query: Query, arguments: Mapping[str, Any]) -> Total:
    """The same, not looked at one by one where they are many."""
    async with _asked_of(session, action, query, arguments) as (reader, where):
        return await reader.estimate(session.domain.resources[action.resource], where)


async def find(session: Session, action: ActionSpec, ids: Sequence[Any], query: Query) -> list[Any]:
    """The record of each key, in the order of the keys; None where there is none."""
    resource = session.domain.resources[action.resource]
    session, found_by = await _asked(session, action, query, {})
    keys: list[Any] = []
    issues: list[Issue] = []
    for raw in ids:
        key, wrong = cast_id(resource, raw)
        keys.append(key)
        issues.extend(wrong)
    if issues:
        raise Invalid.of(issues)
    where = every(found_by, Among(Ref(resource.key.name), tuple(keys)))
    async with session.reader_for(query) as reader:
        found = await Loader(session, reader).records(resource, replace(query, filter=None), where)
    by_key = {record[resource.key.name]: record for record in found}
    return [by_key.get(key) for key in keys]


async def condition(session: Session, action: ActionSpec, query: Query, arguments: Mapping[str, Any]) -> Node:
    """What a record has to satisfy to be found by this read, of those that it sees; raises Forbidden and Invalid."""
    return (await _asked(session, action, query, arguments))[1]


async def _asked(
    session: Session, action: ActionSpec, query: Query, arguments: Mapping[str, Any]
) -> tuple[Session, Node]:
    """A session that sees what this read may find, and what a record has to satisfy; raises Forbidden and Invalid."""
    (asked,) = await admitted(session, action, [Request(arguments)])
    session = session.seeing(action, asked.arguments)
    resource, wanted = session.domain.resources[action.resource], query.filter
    if wanted is not None:
        wanted = typed_condition(wanted, resource, session.domain, action.arguments)
    declared = every(asked.where, action.filter)
    # What an author has said of the records speaks of the whole world, what is asked besides of what is seen of it.
    declared = declared if session.scope is None or declared == TRUE else Whole(declared)
    where = rooted_at(every(declared, wanted), resource.record)
    return session, bind(where, asked.arguments, session.context)


def _reader(session: Session, resource: ResourceSpec, query: Query, where: Node) -> AbstractAsyncContextManager[Reads]:
    """Something to answer from: what is asked first and the list see one moment."""
    several = query.lock is Lock.NONE and has_keys_first(where, resource, session.domain)
    return session.snapshot_read() if several else session.reader_for(query)


@asynccontextmanager
async def _asked_of(
    session: Session, action: ActionSpec, query: Query, arguments: Mapping[str, Any]
) -> AsyncIterator[tuple[Reads, Node]]:
    """Something to answer from, and what a record has to satisfy."""
    resource = session.domain.resources[action.resource]
    session, where = await _asked(session, action, query, arguments)
    async with _reader(session, resource, Query(), where) as reader:
        yield reader, await keys_first(where, resource, session.domain, reader)


async def _keys(session: Session, resource: ResourceSpec, query: Query, where: Node, *, name: str) -> Keys | None:
    """The sort values and key of the record that the page begins after or ends before; raises Invalid."""
    place: Place | None = getattr(query, name)
    if not isinstance(place, SeenRecord):
        return place
    key = resource.key.name
    wanted, ways = loading_order(Query().selecting(key), full_sort(query, resource), resource, session.domain)
    async with session.reader_for(wanted) as reader:
        found = await Loader(session, reader).records(resource, wanted, every(where, equals(**{key: place.key})))
    if not found:
        says = "the record that this cursor stands for is no longer in the list"
        raise Invalid(says, code="bad_cursor", path=(name,), hint="begin anew, without a cursor")
    return keys_of(found[0], ways)
