"""The domain that is attacked: rooms with members and papers, and notes on these, under rules of each run's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

from framework import (
    Action,
    Attr,
    Create,
    Destroy,
    Domain,
    Many,
    OnDelete,
    One,
    Read,
    Resource,
    Update,
    actor,
    allow,
    attribute,
    belongs_to,
    by_column,
    calculate,
    compile_domain,
    has_many,
    maximum,
    primary_key,
    sum_of,
    verb,
)
from framework import count as count_of
from framework.events.extension import EVENTS
from framework.graphql.extension import GRAPHQL
from framework.rest.extension import REST
from framework.spec.attribute import Default
from framework.spec.domain import DomainSpec
from tests.secrecy.rules import DomainRules

RESOURCES = ("Room", "Member", "Paper", "Note")
# What is given for each, and what is worked out of it.
GIVEN = {
    "Room": ("name", "open", "size"),
    "Member": ("person", "role", "room_id"),
    "Paper": ("title", "owner", "cost", "live", "room_id", "origin_id"),
    "Note": ("text", "stars", "paper_id"),
}
DERIVED = {"Room": ("held", "worth", "dearest"), "Member": (), "Paper": ("noted", "spot", "double"), "Note": ("about",)}
LINKS = {
    "Room": {"members": "Member", "papers": "Paper"},
    "Member": {"room": "Room"},
    "Paper": {"room": "Room", "origin": "Paper", "notes": "Note"},
    "Note": {"paper": "Paper"},
}
TO_MANY = frozenset({"members", "papers", "notes"})
ACTIONS = dict.fromkeys(RESOURCES, ("browse", "make", "edit", "drop")) | {
    "Paper": ("browse", "shelf", "make", "edit", "retitle", "drop", "weigh")
}
KINDS: dict[str, type] = {"name": str, "open": bool, "size": int, "person": str, "role": str, "title": str}
KINDS |= {"owner": str, "cost": int, "live": bool, "text": str, "stars": int}
KINDS |= {"held": int, "worth": int, "dearest": int, "noted": int, "spot": str, "double": int, "about": str}


@dataclass(frozen=True)
class Keys:
    """Keys of the records that are made, the same in each world."""

    numbers: Any

    def __call__(self) -> UUID:
        return key("made", next(self.numbers["next"]))

    def begin(self, place: int = 0) -> None:
        self.numbers["next"] = count(place)


KEYS = Keys({"next": count()})


def key(resource: str, number: int) -> UUID:
    """The key of the n-th record of a resource."""
    place = ("made", *RESOURCES, "none").index(resource)
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + place * 0x1000 + number)


def library(rules: DomainRules) -> DomainSpec:
    """The domain under these rules."""

    class Room(Resource):
        """Where papers lie."""

        id: Attr[UUID] = primary_key()
        if rules["Room"].tenanted:
            house: Attr[str] = attribute()
            tenancy = by_column(house)
        name: Attr[str] = attribute()
        open: Attr[bool] = attribute()
        size: Attr[int] = attribute()
        members: Many[Member] = has_many()
        papers: Many[Paper] = has_many()
        held: Attr[int] = count_of(papers)
        worth: Attr[int | None] = sum_of(papers, lambda each: each.cost)
        dearest: Attr[int | None] = maximum(papers, lambda each: each.cost)

        browse = Read()
        make = Create(accept=[name, open, size])
        edit = Update(accept=[name, open, size])
        drop = Destroy()

        policies = rules["Room"].declared

    class Member(Resource):
        """That somebody is of a room."""

        id: Attr[UUID] = primary_key()
        if rules["Member"].tenanted:
            house: Attr[str] = attribute()
            tenancy = by_column(house)
        person: Attr[str] = attribute()
        role: Attr[str] = attribute()
        room: One[Room] = belongs_to(on_delete=OnDelete.CASCADE)

        browse = Read()
        make = Create(accept=[person, role, room])
        edit = Update(accept=[person, role, room])
        drop = Destroy()

        policies = rules["Member"].declared

    class Paper(Resource):
        """A text, perhaps a copy of another one."""

        id: Attr[UUID] = primary_key()
        if rules["Paper"].tenanted:
            house: Attr[str] = attribute()
            tenancy = by_column(house)
        title: Attr[str] = attribute()
        owner: Attr[str] = attribute()
        cost: Attr[int | None] = attribute()
        live: Attr[bool] = attribute()
        room: One[Room] = belongs_to(on_delete=OnDelete.CASCADE)
        origin: One[Paper | None] = belongs_to(on_delete=OnDelete.SET_NULL)
        notes: Many[Note] = has_many()
        noted: Attr[int] = count_of(notes)
        spot: Attr[str | None] = calculate(room.name)
        double: Attr[int | None] = calculate(cost * 2)

        browse = Read()
        shelf = Read(past=["current"])
        make = Create(accept=[title, owner, cost, live, room, origin])
        edit = Update(accept=[title, owner, cost, live, room, origin])
        retitle = Update(accept=[title])
        drop = Destroy()
        weigh = Action(verb("tests.secrecy.weigh"), returns=int)

        base = {"current": rules["Paper"].base} if rules["Paper"].base is not None else {"current": allow_all(title)}
        policies = rules["Paper"].declared

    class Note(Resource):
        """A word on a paper."""

        id: Attr[UUID] = primary_key()
        if rules["Note"].tenanted:
            house: Attr[str] = attribute()
            tenancy = by_column(house)
        text: Attr[str] = attribute()
        stars: Attr[int] = attribute()
        paper: One[Paper] = belongs_to(on_delete=OnDelete.CASCADE)
        about: Attr[str | None] = calculate(paper.title)

        browse = Read()
        make = Create(accept=[text, stars, paper])
        edit = Update(accept=[text, stars, paper])
        drop = Destroy()

        policies = rules["Note"].declared

    nobodys = [allow().when(actor("role") == "nobody")]
    domain = compile_domain(Domain("library", [Room, Member, Paper, Note], [EVENTS, GRAPHQL, REST], policies=nobodys))
    return _with_keys(domain)


def allow_all(title: Any) -> Any:
    """A base filter that every paper passes."""
    return title != "\x7f"


def _with_keys(domain: DomainSpec) -> DomainSpec:
    """The domain with our keys: what is made has the same in both worlds."""
    kept = dict(domain.resources)
    for name in RESOURCES:
        spec = kept[name]
        mine = replace(spec.attributes["id"], default=Default(make=KEYS))
        kept[name] = replace(spec, attributes={**spec.attributes, "id": mine})
    return replace(domain, resources=kept)
