"""Books and their authors: what most tests here are about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from framework.actions.request import Call
from framework.actions.session import Session
from framework.declare.actions import Action, Create, Destroy, Job, Read, Update, argument, offset
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import calculate, count
from framework.declare.machine import state_machine
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.errors import Conflict, Failure, NotFound
from framework.graphql.section import Graphql
from framework.spec.action import Scope
from framework.types.resolve import Vector


class State(StrEnum):
    """Where a book stands."""

    DRAFT = "draft"
    PRINTED = "printed"
    SOLD = "sold-out"


class Format(BaseModel):
    """How a book is made."""

    pages: Annotated[int, Field(ge=1)] = Field(description="How many pages it has.")
    binding: Literal["soft-cover", "hard-cover"] = "soft-cover"
    weight_in_grams: Decimal | None = None


class Progress(BaseModel):
    """How far the printing is."""

    done: int
    of: int
    last_sheet: str | None = None


class Estimate(BaseModel):
    """What a book may cost."""

    price: Decimal
    reasons: list[str]
    shelf: Literal["front", "back"]


class Author(Resource):
    """Somebody who writes."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=40, doc="As on the cover.")
    secret: Attr[str] = attribute(default="hush", private=True)
    books: Many[Book] = has_many("author")
    book_count: Attr[int] = count(books)
    one_name = identity(name)

    browse = Read(paginate=offset(default=10, maximum=20))
    enter = Create(accept=[name])
    dismiss = Destroy()


class Book(Resource):
    """Something to read."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(min_length=1, max_length=80)
    subtitle: Attr[str | None] = attribute(default="none so far")
    copies: Attr[int] = attribute(default=0, ge=0)
    rating: Attr[float | None] = attribute(default=None)
    price: Attr[Decimal | None] = attribute(default=None)
    genre: Attr[Literal["crime", "sci-fi"] | None] = attribute(default=None)
    format: Attr[Format | None] = attribute(default=None)
    tags: Attr[list[str]] = attribute(default_factory=list)
    extra: Attr[dict[str, Any]] = attribute(default_factory=dict)
    published_on: Attr[date | None] = attribute(default=None)
    reading_time: Attr[timedelta | None] = attribute(default=None)
    meaning: Attr[Vector | None] = attribute(default=None, dimensions=2)
    created_at: Attr[datetime] = created_at()
    author: One[Author] = belongs_to()
    editor: One[Author | None] = belongs_to()
    notes: Many[Note] = has_many()
    worth: Attr[float | None] = calculate(rating * 2)
    state: Attr[State] = state_machine(
        State.DRAFT, print=(State.DRAFT, State.PRINTED), sell=(State.PRINTED, State.SOLD)
    )

    browse = Read()
    by_rating = Read(arguments={"at_least": argument(float)}, where=rating > 0)
    publish = Create(
        accept=[title, subtitle, copies, rating, price, genre, format, tags, extra, published_on, reading_time, author,
                editor, meaning],
        doc="Adds a book.",
    )  # fmt: skip
    correct = Update(accept=[title, subtitle, rating, genre, format])
    print = Update()
    sell = Update()
    pulp = Destroy()
    estimate = Action(
        verb("tests.framework.graphql.library:estimate"),
        returns=Estimate,
        arguments={"best_case": argument(bool, default=False)},
    )
    forget = Action(verb("tests.framework.graphql.library:forget"), scope=Scope.RESOURCE)
    press = Job(verb("tests.framework.graphql.library:forget"), progress=Progress)


class Note(Resource):
    """A word on a book."""

    id: Attr[UUID] = primary_key()
    text: Attr[str] = attribute()
    stars: Attr[int] = attribute(default=0, ge=0, le=5)
    book: One[Book] = belongs_to()

    browse = Read()
    write = Create(accept=[text, stars, book])


class Answer(BaseModel):
    """What the librarian says."""

    shelf: Literal["front", "back"]
    sure: float


class AskLibrarian(Resource):
    """Where is it?"""

    stored = False
    sections = (Graphql(mutation="askLibrarian"),)

    ask = Action(
        verb("tests.framework.graphql.library:ask"),
        returns=Answer,
        scope=Scope.RESOURCE,
        arguments={
            "title": argument(str, doc="Of the book."),
            "mood": argument(Literal["good", "bad"], default="good"),
            "book_format": argument(Format | None, default=None),
        },
    )


LIBRARY = (Author, Book, Note, AskLibrarian)


async def estimate(calls: list[Call], session: Session) -> list[Estimate | Failure]:
    """An estimate for books that exist."""
    found = await session.find(session.domain.action("Book", "browse"), [call.id for call in calls])
    return [
        NotFound(f"there is no Book with id {call.id}", path=("id",))
        if book is None
        else Estimate(price=Decimal("9.50" if call.arguments["best_case"] else "12"), reasons=["paper"], shelf="front")
        for call, book in zip(calls, found, strict=True)
    ]


async def forget(calls: list[Call], session: Session) -> list[None]:
    """Nothing, and nothing comes of it."""
    return [None for _ in calls]


async def ask(calls: list[Call], session: Session) -> list[Answer | Failure]:
    """The librarian knows some titles, and fails on others."""
    answers: list[Answer | Failure] = []
    for call in calls:
        if call.arguments["title"] == "secret":
            raise RuntimeError("the password is hunter2")
        if call.arguments["title"] == "unknown":
            answers.append(Conflict("nobody knows", code="nobody_knows", path=("title",), hint="ask elsewhere"))
        else:
            sure = 1.0 if call.arguments["mood"] == "good" else 0.5
            answers.append(Answer(shelf="back", sure=sure))
    return answers
