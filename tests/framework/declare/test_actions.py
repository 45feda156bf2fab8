from __future__ import annotations

from uuid import UUID

from framework.declare.actions import (
    Action,
    Create,
    CreateRef,
    Destroy,
    DestroyRef,
    Job,
    Read,
    ReadRef,
    RunRef,
    Update,
    UpdateRef,
    keyset,
    offset,
)
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.spec.action import Pagination, Paging


class Note(Resource):
    id: Attr[UUID] = primary_key()
    browse = Read()
    write = Create()
    change = Update()
    remove = Destroy()
    ask = Action(verb("notes.ask"))
    sweep = Job(verb("notes.sweep"))


class Letter(Note):
    """A note that is sent."""


def test_an_action_is_named_through_its_class() -> None:
    assert Note.browse == ReadRef(Note, "browse")
    assert Note.write == CreateRef(Note, "write")
    assert Note.change == UpdateRef(Note, "change")
    assert Note.remove == DestroyRef(Note, "remove")
    assert Note.ask == RunRef(Note, "ask")
    assert Note.sweep == RunRef(Note, "sweep")


def test_an_inherited_action_is_that_of_the_class_it_is_named_through() -> None:
    assert Letter.write == CreateRef(Letter, "write")
    assert Letter.write != Note.write


def test_pages_go_on_from_a_record_or_by_number() -> None:
    assert keyset(10, 20) == Pagination(Paging.KEYSET, 10, 20)
    assert offset(maximum=100) == Pagination(Paging.OFFSET, 50, 100)
