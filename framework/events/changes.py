"""The changes of a resource's records as they happen, told to those alone who may read the records.

The read of the target decides. While a record exists, a change of it is told to whoever finds it by that read, as it
is by then; to everybody else it did not happen. Once it is no more, the read cannot be asked any more. If it puts no
condition on records, nothing was ever hidden, and everything is told. If it does, the end alone is told: it says the
id and nothing of what the record held, and whoever was shown the record has to learn that it is gone. What was written
to it before is not told, as nobody can say any more whether this session would have been shown it. Where a key is given
again, to another record, what was written under it is told of that one; the end of the first is not.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from framework.actions.cascade import cascade_of, nullify_of
from framework.actions.query import Query
from framework.actions.read import condition
from framework.actions.session import Session
from framework.errors import Forbidden
from framework.events.entry import Entry, Interest
from framework.events.feed import Feed
from framework.events.reading import Stream, existing_key, open_events
from framework.expr.nodes import TRUE
from framework.naming import event_type
from framework.spec.action import ActionKind, ActionSpec
from framework.spec.resource import ResourceSpec

# How many of the records that it has shown a stream knows.
KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class ChangesOf:
    """Whose changes are wanted, and what of the records: all that the query finds, or the one with this key."""

    resource: ResourceSpec
    query: Query
    key: Any = None

    @property
    def reader(self) -> ActionSpec:
        """The read that decides; raises Forbidden for a resource without one, as nobody can read that."""
        if self.resource.reader is None:
            raise Forbidden(f"`{self.resource.name}` has no read, so nobody is told of its changes")
        return self.resource.reader

    @property
    def actions(self) -> dict[str, ActionSpec]:
        """The writes of the resource, whoever may ask for them, and the store's own, by the type of their events."""
        writes = (action for action in self.resource.actions.values() if action.writes)
        told = (*writes, cascade_of(self.resource), nullify_of(self.resource))
        return {event_type(self.resource.name, action.name): action for action in told}


@dataclass(frozen=True, slots=True)
class Change:
    """What an action did to a record, and the record as it is when that is told; None when it is no more."""

    entry: Entry
    action: ActionSpec
    record: Any


async def open_changes(session: Session, feed: Feed, wanted: ChangesOf, after: str | None = None) -> Stream[Change]:
    """Every change after the cursor, or from now on, of records that the session may read.

    Raises Forbidden, NotFound for a key that the session finds no record of, and Invalid.
    """
    await condition(session, wanted.reader, wanted.query, {})
    key = None if wanted.key is None else await existing_key(session, wanted.resource, wanted.key)
    entries = await open_events(session, feed, Interest(frozenset(wanted.actions), key), after)
    return Stream(entries.start, _told(session, feed, wanted, entries.items))


async def _told(
    session: Session, feed: Feed, wanted: ChangesOf, entries: AsyncGenerator[Entry, None]
) -> AsyncGenerator[Change, None]:
    actions, shown = wanted.actions, Shown(session, wanted)
    async with aclosing(entries):
        async for entry in entries:
            action = actions[entry.type]
            # What is found under the key of a record that is gone is another one, of which this tells nothing.
            gone = action.kind is ActionKind.DESTROY
            change = Change(entry, action, None if gone else await _record(session, feed, wanted, entry))
            if change.record is not None:
                shown.note(entry.target_id)
                yield change
            elif await shown.is_told_without(change):
                yield change


async def _record(session: Session, feed: Feed, wanted: ChangesOf, entry: Entry) -> Any:
    """The record as it is now: the same for all of one person's subscriptions that want the same of it.

    What a session may see follows from its actor, its tenant and from what decides for it, which is nothing where the
    system acts.
    """
    actor = session.context.actor

    async def find() -> Any:
        (found,) = await session.find(wanted.reader, [entry.target_id], wanted.query)
        return found

    about = wanted.resource.name, entry.target_id, actor and (actor.kind, actor.id)
    sees = (actor, session.context.tenant, session.decisions, session.own, wanted.query)
    return await feed.reads.get(about, sees, find)


class Shown:
    """The records that one stream has shown: where records are hidden, it tells the end of these alone.

    So nobody learns of a record by its end. Of the very many that a stream may show, those shown last are known.
    """

    def __init__(self, session: Session, wanted: ChangesOf) -> None:
        self._session, self._wanted = session, wanted
        self._hides = session.scope is not None and wanted.resource.name in session.scope.rows
        # The one that was asked for was seen when the stream was opened.
        self._keys: dict[str, None] = {} if wanted.key is None else {str(wanted.key): None}

    def note(self, key: str) -> None:
        """It was shown."""
        if self._hides:
            self._keys.pop(key, None)
            self._keys[key] = None
            if len(self._keys) > KNOWN:
                del self._keys[next(iter(self._keys))]

    async def is_told_without(self, change: Change) -> bool:
        """Whether a change is told although the read finds no record."""
        if change.action.kind is ActionKind.DESTROY:
            shown = change.entry.target_id in self._keys
            self._keys.pop(change.entry.target_id, None)
            return shown or not self._hides
        if self._hides:
            # It is hidden by now, and so is its end.
            self._keys.pop(change.entry.target_id, None)
            return False
        return await condition(self._session, self._wanted.reader, self._wanted.query, {}) == TRUE
