"""What is an event, and when: also what the store deletes by itself, and never what changed nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Create, Destroy, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.errors import Conflict
from framework.events.changes import ChangesOf
from framework.events.doorbell import LocalDoorbell
from framework.events.extension import EVENTS
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.events.notifier import EventNotifier
from framework.spec.action import ActionKind
from framework.spec.relationship import OnDelete
from framework.sql.engine import create_tables, open_layer
from framework.testing.queries import assert_queries
from framework.testing.settled import until_settled


@dataclass(frozen=True, slots=True)
class Unreviewed(Change):
    """Lets only those go of whom nobody has said anything."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [
            changeset.guarded(Author.reviews.none(lambda said: said.changed > LONG_AGO)) for changeset in changesets
        ]


class Author(Resource):
    """Somebody who writes."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    made: Attr[datetime] = created_at()
    changed: Attr[datetime] = updated_at()
    books: Many[Book] = has_many()

    browse = Read()
    add = Create(accept=[name])
    rename = Update(accept=[name])
    reviews: Many[Review] = has_many()
    remove = Destroy()
    forget = Destroy(quiet=True)
    retire = Destroy(steps=[Unreviewed()])


class Book(Resource):
    """Something written."""

    id: Attr[UUID] = primary_key()
    author: One[Author] = belongs_to(on_delete=OnDelete.CASCADE)
    pages: Many[Page] = has_many()
    browse = Read()
    add = Create(accept=[author])
    burn = Destroy()


class Page(Resource):
    """A part of it, which nobody destroys by itself."""

    id: Attr[UUID] = primary_key()
    book: One[Book] = belongs_to(on_delete=OnDelete.CASCADE)
    browse = Read()
    add = Create(accept=[book])


class Review(Resource):
    """What somebody said of an author or a book; it stays when they go."""

    id: Attr[UUID] = primary_key()
    changed: Attr[datetime] = updated_at()
    author_id: Attr[UUID | None]
    book_id: Attr[UUID | None]
    author: One[Author | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    book: One[Book | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    browse = Read()
    add = Create(accept=[author, book])


class Loan(Resource):
    """A page that is lent, and cannot go."""

    id: Attr[UUID] = primary_key()
    page: One[Page] = belongs_to()
    add = Create(accept=[page])


class Tree(Resource):
    id: Attr[UUID] = primary_key()
    plant = Create()
    fell = Destroy()
    clear = Destroy(quiet=True)


class Leaf(Resource):
    id: Attr[UUID] = primary_key()
    tree: One[Tree] = belongs_to(on_delete=OnDelete.CASCADE)
    browse = Read()
    grow = Create(accept=[tree])


DOMAIN = compile_domain(Domain("library", [Author, Book, Page, Review, Loan], [EVENTS]))
UNMARKED = compile_domain(Domain("tree", [Tree, Leaf], [EVENTS]))
LONG_AGO = datetime(1999, 12, 31, tzinfo=UTC)
Logged = tuple[Session, Log]


@pytest.fixture(params=["memory", "postgres"])
async def logged(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Logged]:
    if request.param == "memory":
        log = Log(DOMAIN, MemoryLayer(DOMAIN), LocalDoorbell())
        yield Engine(DOMAIN, log.layer, EventNotifier(log), {Log: log}).session(), log
        return
    async with open_layer(DOMAIN, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(DOMAIN, layer, LocalDoorbell())
        yield Engine(DOMAIN, layer, EventNotifier(log), {Log: log}).session(), log


async def told(log: Log, after: LogPosition) -> list[tuple[str, str]]:
    await until_settled(log)
    return [(entry.type, entry.target_id) for entry in await log.after(after)]


async def end(log: Log) -> LogPosition:
    await until_settled(log)
    return await log.end()


async def test_what_goes_with_a_destroyed_record_is_told_too(logged: Logged) -> None:
    session, log = logged
    ann, bob = await session.create_all(Author.add, [{"name": "ann"}, {"name": "bob"}])
    books = await session.create_all(Book.add, [{"author_id": ann.id}, {"author_id": ann.id}, {"author_id": bob.id}])
    page = await session.create(Page.add, {"book_id": books[1].id})
    before = await end(log)
    await session.destroy(Author.remove, ann.id)
    assert sorted(await told(log, before)) == sorted(
        [
            ("author.remove", str(ann.id)),
            ("book.cascade", str(books[0].id)),
            ("book.cascade", str(books[1].id)),
            ("page.cascade", str(page.id)),
        ]
    )
    assert [book.id for book in await session.read(Book.browse)] == [books[2].id]


async def test_an_update_of_nothing_is_no_event_and_no_change(logged: Logged) -> None:
    session, log = logged
    ann, bob = await session.create_all(Author.add, [{"name": "ann"}, {"name": "bob"}])
    before = await end(log)
    same, other = await session.perform(
        session.spec(Author.rename), [Request({}, ann.id), Request({"name": "bo"}, bob.id)]
    )
    assert (same.changed, same.made) == (ann.changed, ann.made)
    assert other.changed > bob.changed
    assert await told(log, before) == [("author.rename", str(bob.id))]


async def test_moments_are_those_of_the_store_and_not_of_this_process() -> None:
    hours = iter(LONG_AGO + timedelta(hours=n) for n in range(1000))
    session = Engine(DOMAIN, MemoryLayer(DOMAIN, clock=lambda: next(hours))).session()
    ann = await session.create(Author.add, {"name": "ann"})
    changed = await session.update(Author.rename, ann.id, {"name": "anna"})
    assert LONG_AGO <= ann.made == changed.made < changed.changed < LONG_AGO + timedelta(hours=1000)


async def test_what_nobody_is_told_is_not_looked_for(fresh_database_url: str) -> None:
    """Otherwise every destroy would read and hold all that goes with it, where it leaves no event and no mark too."""
    async with open_layer(UNMARKED, fresh_database_url) as layer:
        await create_tables(layer)
        log = Log(UNMARKED, layer, LocalDoorbell())
        for action, session in (
            (Tree.fell, Engine(UNMARKED, layer).session()),
            (Tree.clear, Engine(UNMARKED, layer, EventNotifier(log), {Log: log}).session()),
        ):
            tree = await session.create(Tree.plant, {})
            await session.create(Leaf.grow, {"tree_id": tree.id})
            with assert_queries(1, layer):
                await session.destroy(action, tree.id)
            assert await session.read(Leaf.browse) == []


async def test_what_went_with_another_record_is_a_change_that_streams_tell(logged: Logged) -> None:
    session, log = logged
    ann = await session.create(Author.add, {"name": "ann"})
    book = await session.create(Book.add, {"author_id": ann.id})
    await session.destroy(Author.remove, ann.id)
    await until_settled(log)
    actions = ChangesOf(DOMAIN.of(Book), Query()).actions
    told_of = [entry for entry in await log.after(LogPosition()) if entry.target_id == str(book.id)]
    assert [actions[entry.type].kind for entry in told_of] == [ActionKind.CREATE, ActionKind.DESTROY]


async def test_what_loses_its_link_to_a_destroyed_record_is_told_and_has_changed(logged: Logged) -> None:
    session, log = logged
    ann, bob = await session.create_all(Author.add, [{"name": "ann"}, {"name": "bob"}])
    book = await session.create(Book.add, {"author_id": ann.id})
    of_both, of_book, of_bob = await session.create_all(
        Review.add, [{"author_id": ann.id, "book_id": book.id}, {"book_id": book.id}, {"author_id": bob.id}]
    )
    before = await end(log)
    await session.destroy(Author.remove, ann.id)
    await until_settled(log)
    changed = {entry.target_id: entry for entry in await log.after(before) if entry.type == "review.nullify"}
    now = {review.id: review for review in await session.read(Review.browse)}
    assert {key: {**entry.data, "changed": None} for key, entry in changed.items()} == {
        str(of_both.id): {"author_id": None, "book_id": None, "changed": None},
        str(of_book.id): {"book_id": None, "changed": None},
    }
    for review in (of_both, of_book):
        assert (now[review.id].author_id, now[review.id].book_id) == (None, None)
        assert now[review.id].changed > review.changed
        told_when = datetime.fromisoformat(str(changed[str(review.id)].data["changed"]))
        assert told_when == now[review.id].changed
    assert now[of_bob.id].changed == of_bob.changed
    actions = ChangesOf(DOMAIN.of(Review), Query()).actions
    assert actions["review.nullify"].kind is ActionKind.UPDATE


async def test_a_guard_sees_the_links_as_they_are_before_the_record_goes(logged: Logged) -> None:
    session, _ = logged
    ann, bob = await session.create_all(Author.add, [{"name": "ann"}, {"name": "bob"}])
    await session.create(Review.add, {"author_id": ann.id})
    with pytest.raises(Conflict, match="does not apply"):
        await session.destroy(Author.retire, ann.id)
    await session.destroy(Author.retire, bob.id)
    (review,) = await session.read(Review.browse)
    assert review.author_id == ann.id


@pytest.mark.parametrize("action", ["remove", "forget"])
async def test_what_is_in_use_further_down_is_told_under_the_record_it_would_go_with(
    logged: Logged, action: str
) -> None:
    session, _ = logged
    authors = await session.create_all(Author.add, [{"name": name} for name in "abc"])
    books = await session.create_all(Book.add, [{"author_id": author.id} for author in authors])
    pages = await session.create_all(Page.add, [{"book_id": book.id} for book in books])
    await session.create(Loan.add, {"page_id": pages[2].id})
    order = [authors[0], authors[2], authors[1]]
    with pytest.raises(Conflict) as caught:
        await session.perform(session.spec(getattr(Author, action)), [Request(id=author.id) for author in order])
    (issue,) = caught.value.issues
    assert (issue.code, issue.path, issue.params["id"]) == ("in_use", (1,), str(pages[2].id))
    assert len(await session.read(Author.browse)) == 3
