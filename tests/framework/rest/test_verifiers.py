"""What a domain served as REST may not say."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Action, Create, Destroy, Read, argument
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.rest.extension import REST
from framework.rest.section import Rest
from framework.spec.action import Scope


class Note(Resource):
    """Something written down."""

    id: Attr[UUID] = primary_key()
    browse = Read()
    write = Create()


class Memo(Resource):
    """Served where the notes are."""

    sections = (Rest(path="notes"),)
    id: Attr[UUID] = primary_key()
    browse = Read()
    erase = Destroy()


class Diary(Resource):
    """Has an action where its changes are."""

    id: Attr[UUID] = primary_key()
    browse = Read()
    changes = Read()
    write = Create()


class Letter(Resource):
    """Two operations of one name."""

    id: Attr[UUID] = primary_key()
    browse = Read()
    get = Action(verb("a.b"), scope=Scope.RESOURCE)


class Draft(Resource):
    """An argument nobody could send."""

    id: Attr[UUID] = primary_key()
    browse = Read(arguments={"sort": argument(str)})


def problems(*records: type[Resource]) -> list[str]:
    return [str(problem) for problem in problems_of(Domain("d", records, extensions=[REST]))]


def test_two_resources_at_one_path_overlap() -> None:
    hint = "rename one of them, or give it another path"
    assert set(problems(Note, Memo)) == {
        f"`Memo.browse`: GET /notes is already `Note.browse` ({hint})",
        f"`Memo`: GET /notes/changes is already the stream of `Note` changes ({hint})",
        f"`Memo.browse`: GET /notes/{{id}} is already `Note.browse` ({hint})",
    }


def test_an_action_may_not_hide_a_stream() -> None:
    hint = "rename one of them, or give it another path"
    assert problems(Diary) == [
        f"`Diary.changes`: GET /diaries/changes is already the stream of `Diary` changes ({hint})"
    ]


def test_two_operations_have_two_names() -> None:
    assert problems(Letter) == [
        "`Letter.browse`: the operation `getLetter` is already `Letter.get` (rename one of them)"
    ]


def test_an_argument_of_a_read_is_not_named_like_a_parameter_of_every_list() -> None:
    assert problems(Draft) == ["`Draft.browse`: `sort` is a query parameter of every list (rename the argument)"]


@pytest.mark.parametrize("path", ["", "/notes", "Notes", "notes/", "no tes", "notes/{id}"])
def test_a_path_is_words_of_small_letters(path: str) -> None:
    record = type("Odd", (Note,), {"sections": (Rest(path=path),), "__doc__": "Odd."})
    assert f"`Odd.Rest.path`: `{path}` is no path (write it as `programs/triage-ticket`)" in problems(record)
