"""Who may do what, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import count
from framework.declare.policies import allow, bypass, changing, field, forbid, given, group
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import Expr, actor, moment
from framework.policy.rights import rights_in_lines
from framework.spec.action import ActionKind


@dataclass(frozen=True, slots=True)
class Owned:
    def says(self) -> str:
        return "the actor owns it"

    def condition(self, record: Any) -> Expr[bool]:
        return record.owner == actor("id")  # type: ignore[no-any-return]  # any record


class Shelf(Resource):
    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute()
    notes: Many[Note] = has_many()
    browse = Read()
    policies = [allow().when(Owned())]


class Note(Resource):
    id: Attr[UUID] = primary_key()
    owner: Attr[str] = attribute()
    title: Attr[str | None] = attribute()
    size: Attr[int] = attribute(default=0)
    hidden: Attr[bool] = attribute(default=False)
    shelf: One[Shelf] = belongs_to()
    pages: Many[Page] = has_many()
    page_count: Attr[int] = count(pages)

    browse = Read()
    all = Read(past=["shown"])
    write = Create(accept=[title, owner, shelf])
    edit = Update(accept=[title, size])

    policies = [
        allow(ActionKind.READ).when(Owned(), shelf.owner == actor("id")).unless(hidden, title == None),  # noqa: E711
        bypass(actor("role").one_of(["admin", "root"])),
        allow(write).when(given("title").ilike("a%") | ((size > 3) & ~(size <= 5))).because("of the alphabet"),
        group(when=actor("kind") == "user")[allow(edit).when(pages.any(lambda page: page.note.owner == actor("id")))],
        forbid(edit).when(changing(title, from_=None, to=["x", "y"]), page_count + 1 > 2),
        forbid(edit).when(pages.none(lambda page: page.text.is_null()), title.lower().length() != 3),
        field(title).readable_when(Owned()).writable_when(moment() == None),  # noqa: E711
    ]
    base = {"shown": ~hidden}


class Page(Resource):
    id: Attr[UUID] = primary_key()
    text: Attr[str | None] = attribute()
    note: One[Note] = belongs_to()
    browse = Read()
    policies = [allow(browse)]


class Free(Resource):
    id: Attr[UUID] = primary_key()


def test_every_rule_about_every_action_says_itself() -> None:
    lines = rights_in_lines(compile_domain(Domain("notes", [Shelf, Note, Page, Free])))
    admin = "bypass when the actor's `role` is one of `admin`, `root`"
    read = "allow when the actor owns it and `shelf.owner` is the actor's `id`, unless `hidden` or `title` is absent"
    assert lines == [
        "Shelf browse allow when the actor owns it",
        f"Note browse {admin}",
        f"Note browse {read}",
        f"Note all {admin}",
        f"Note all {read}",
        f"Note write {admin}",
        (
            "Note write allow when the `title` given is like (in any case) `a%` or (`size` is above `3` and "
            "`size` is above `5`) (because of the alphabet)"
        ),
        f"Note edit {admin}",
        (
            "Note edit allow when the actor's `kind` is `user` and some of its `pages` has that `note.owner` is the "
            "actor's `id`"
        ),
        ("Note edit forbid when `title` is changed from nothing to `x` or `y` and `page_count` + `1` is above `2`"),
        (
            "Note edit forbid when none of its `pages` has that `text` is absent and the length of the lower case of "
            "`title` is not `3`"
        ),
        "Note title readable when the actor owns it",
        "Note title writable when the time is absent",
        "Note shown base when `hidden` is false, but not for all",
        "Page browse allow always",
        "Free nobody may see it, as no read finds it",
    ]


def test_without_policies_anybody_may_do_anything() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        hidden: Attr[bool] = attribute(default=False)
        base = {"shown": ~hidden}

    assert rights_in_lines(compile_domain(Domain("notes", [Note]))) == [
        "Note anybody may do anything",
        "Note shown base when `hidden` is false",
    ]
