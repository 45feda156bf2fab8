"""Teams with posts and comments, which every transport serves, and the plain answer to a question on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.graphql.extension import GRAPHQL
from framework.rest.extension import REST


class Team(Resource):
    """People who write together."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    size: Attr[int | None] = attribute(default=None)
    posts: Many[Post] = has_many()
    post_count: Attr[int] = count(posts)

    browse = Read()
    make = Create(accept=[name, size])


class Post(Resource):
    """Something that a team wrote."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    rank: Attr[int | None] = attribute(default=None)
    mood: Attr[Literal["glad", "so-so"]] = attribute(default="glad")
    team: One[Team] = belongs_to()
    answer_to: One[Post | None] = belongs_to()
    answers: Many[Post] = has_many(via="answer_to")
    comments: Many[Comment] = has_many()
    comment_count: Attr[int] = count(comments)

    browse = Read()
    make = Create(accept=[title, rank, mood, team, answer_to])


class Comment(Resource):
    """A word on a post."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    stars: Attr[int] = attribute(default=0)
    post: One[Post] = belongs_to()

    browse = Read()
    make = Create(accept=[text, stars, post])


FORUM = compile_domain(Domain("forum", [Team, Post, Comment], [GRAPHQL, REST]))
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
# What may be asked of each: its values, the number its records are sorted and filtered by, and its links.
VALUES = {
    "Team": ("id", "name", "size", "post_count"),
    "Post": ("title", "rank", "mood", "team_id", "comment_count"),
    "Comment": ("text", "stars"),
}
NUMBERS = {"Team": "size", "Post": "rank", "Comment": "stars"}
LINKS = {
    "Team": {"posts": "Post"},
    "Post": {"team": "Team", "answer_to": "Post", "answers": "Post", "comments": "Comment"},
    "Comment": {"post": "Post"},
}
OWNERS = {"posts": "team_id", "answers": "answer_to_id", "comments": "post_id"}


@dataclass(frozen=True)
class Listing:
    """Which of a list, in what order, and how many; `spelled` is how GraphQL is told the numbers."""

    first: int | None = None
    least: int | None = None
    descending: bool | None = None
    spelled: str = "literal"


@dataclass(frozen=True)
class Related:
    """What is asked at the other end of a link."""

    link: str
    listing: Listing
    inner: Asked


@dataclass(frozen=True)
class Asked:
    """What is asked of each record; `spelled` is how GraphQL is told."""

    resource: str
    values: tuple[str, ...]
    related: tuple[Related, ...] = ()
    spelled: str = "plain"


@dataclass(frozen=True)
class Found:
    """What came of it for one record: its values as JSON, and what was found at each of the links asked for."""

    values: dict[str, Any]
    related: tuple[Any, ...] = ()


def is_list(link: str) -> bool:
    """Whether a link leads to many records."""
    return link in OWNERS


async def filled(session: Session) -> Rows:
    """Teams, posts and comments with gaps and ties among them, as they are stored."""
    sizes = (3, None, 3)
    teams = await session.create_all(Team.make, [{"name": f"t{i}", "size": size} for i, size in enumerate(sizes)])
    posts: list[Post] = []
    for number in range(9):
        values = {
            "title": f"p{number}",
            "rank": (2, None, 1, 2)[number % 4],
            "mood": ("glad", "so-so")[number % 2],
            "team_id": teams[number % 2].id,
            "answer_to_id": posts[number // 3].id if number > 3 else None,
        }
        posts.append(await session.create(Post.make, values))
    comments = [{"text": f"c{i}", "stars": i % 3, "post_id": posts[i % 5].id} for i in range(17)]
    made = await session.create_all(Comment.make, comments)
    rows: dict[str, Sequence[Resource]] = {"Team": teams, "Post": posts, "Comment": made}
    return {name: [dict(record.loaded()) for record in records] for name, records in rows.items()}


def plain_answer(asked: Asked, listing: Listing, rows: Rows) -> list[Found]:
    """The answer to a list, by nothing but the rows."""
    return [_found(row, asked, rows) for row in _listed(rows[asked.resource], asked.resource, listing)]


def _found(row: Mapping[str, Any], asked: Asked, rows: Rows) -> Found:
    counted = {"post_count": ("Post", "team_id"), "comment_count": ("Comment", "post_id")}
    values = {}
    for name in asked.values:
        if name in counted:
            resource, key = counted[name]
            values[name] = sum(other[key] == row["id"] for other in rows[resource])
        else:
            values[name] = str(row[name]) if isinstance(row[name], UUID) else row[name]
    return Found(values, tuple(_ends(row, related, rows) for related in asked.related))


def _ends(row: Mapping[str, Any], related: Related, rows: Rows) -> Any:
    of = rows[related.inner.resource]
    if is_list(related.link):
        mine = [other for other in of if other[OWNERS[related.link]] == row["id"]]
        return [_found(other, related.inner, rows) for other in _listed(mine, related.inner.resource, related.listing)]
    key = row[f"{related.link}_id"]
    return next((_found(other, related.inner, rows) for other in of if other["id"] == key), None)


def _listed(of: Sequence[Mapping[str, Any]], resource: str, listing: Listing) -> list[Mapping[str, Any]]:
    number = NUMBERS[resource]
    found = [row for row in of if listing.least is None or (row[number] is not None and row[number] >= listing.least)]
    found.sort(key=lambda row: row["id"], reverse=listing.descending is True)
    if listing.descending is not None:
        present = [row for row in found if row[number] is not None]
        present.sort(key=lambda row: row[number], reverse=listing.descending)
        found = present + [row for row in found if row[number] is None]
    return found[: listing.first]
