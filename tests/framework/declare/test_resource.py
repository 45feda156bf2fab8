from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from framework.declare.actions import Create, CreateRef, Read, ReadRef
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import NotLoaded, Resource
from framework.expr.nodes import Compare, Comparison, Ref, Value


class Author(Resource):
    id: Attr[UUID] = primary_key()
    notes: Many[Note] = has_many()


class Note(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    author: One[Author] = belongs_to()
    browse = Read()
    write = Create(accept=[title])


def test_a_record_gives_its_values_by_name_and_by_attribute() -> None:
    author = Author.of({"id": uuid4()})
    note = Note.of({"title": "a", "author": author})
    assert note.title == note["title"] == "a"
    assert note.author is author
    assert "title" in note
    assert dict(note.loaded()) == {"title": "a", "author": author}


def test_a_value_that_was_not_loaded_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(NotLoaded, match=r"`Note.title` was not loaded: select it, or load it, in the query"):
        _ = Note.of({}).title
    with pytest.raises(NotLoaded, match=r"`Author.notes` was not loaded"):
        _ = Author.of({}).notes


def test_a_record_is_not_changed_in_place() -> None:
    note = Note.of({"title": "a"})
    with pytest.raises(AttributeError, match="a record is not changed in place: call an action of `Note`"):
        note.title = "b"  # type: ignore[assignment]  # that it is wrong is what is tested
    assert note.having({"title": "b"}).title == "b"
    assert note.title == "a"


def test_the_values_given_to_a_record_are_its_own() -> None:
    values = {"title": "a"}
    note = Note.of(values)
    values["title"] = "b"
    assert note.title == "a"


def test_records_are_equal_by_class_and_values() -> None:
    assert Note.of({"title": "a"}) == Note.of({"title": "a"})
    assert Note.of({"title": "a"}) != Note.of({"title": "b"})
    assert Note.of({}) != Author.of({})


def test_a_record_prints_its_key_and_its_values() -> None:
    assert repr(Note.of({"title": "a", "id": 1})) == "Note(id=1, title='a')"


def test_a_record_prints_no_sensitive_value_and_long_ones_in_short() -> None:
    class Account(Resource):
        id: Attr[UUID] = primary_key()
        token: Attr[str] = attribute(sensitive=True)

    whole = Account.of({"id": 1, "token": "hunter2", "text": "x" * 900, "note": Note.of({}), "notes": [Note.of({})]})
    assert "hunter2" not in repr(whole)
    assert re.fullmatch(
        r"Account\(id=1, token=…, text='x+\.\.\.x+', note=Note\(…\), notes=\[1 records\]\)", repr(whole)
    )
    assert len(repr(whole)) < 200


def test_a_name_that_a_record_does_not_have_is_met_with_what_was_meant() -> None:
    with pytest.raises(AttributeError, match=r"`Note` has no `titel` \(did you mean `title`\?\)"):
        Note.of({}).titel  # type: ignore[attr-defined]  # noqa: B018 - reading it is the act


def test_on_the_class_a_name_is_an_expression_or_an_action() -> None:
    assert (Note.title == "a").node == Compare(Comparison.EQ, Ref("title"), Value("a"))
    assert Note.write == CreateRef(Note, "write")
    assert Note.browse == ReadRef(Note, "browse")
