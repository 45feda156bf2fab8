"""Creates, updates and destroys through the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.actions.pipeline import plan
from framework.actions.query import Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Conflict, Invalid, NotFound
from framework.identifiers import uuid7

if TYPE_CHECKING:
    from tests.framework.actions.conftest import Heard


def action(session: Session, name: str, resource: str = "Note") -> Any:
    return session.domain.action(resource, name)


async def write(session: Session, *titles: str) -> list[Any]:
    return await session.perform(action(session, "write"), [Request({"title": title}) for title in titles])


async def titles(session: Session) -> list[str]:
    page = await session.page(action(session, "browse"), Query(limit=10))
    return [record["title"] for record in page.records]


async def test_a_create_gives_the_record_with_its_defaults(session: Session) -> None:
    (note,) = await write(session, "one")
    assert (note.title, note.size, note.rank, str(note.stage)) == ("one", 0, None, "draft")


async def test_many_are_created_by_the_same_call_as_one(session: Session) -> None:
    notes = await write(session, "a", "b", "c")
    assert [note.title for note in notes] == ["a", "b", "c"]


async def test_no_request_is_no_work(session: Session) -> None:
    assert await session.perform(action(session, "write"), []) == []


async def test_a_missing_input_is_named(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.perform(action(session, "write"), [Request({})])
    assert [(i.code, i.message, i.path) for i in caught.value.issues] == [
        ("missing", "`title` is required", ("title",))
    ]


async def test_an_unknown_input_is_named_with_what_was_meant(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.perform(action(session, "write"), [Request({"title": "x", "titel": "y"})])
    (issue,) = caught.value.issues
    assert (issue.code, issue.path, issue.hint) == ("unknown_input", ("titel",), "did you mean `title`?")


async def test_what_is_generated_cannot_be_given(session: Session) -> None:
    with pytest.raises(Invalid, match="takes no `id`"):
        await session.perform(action(session, "write"), [Request({"title": "x", "id": str(uuid7())})])


async def test_every_mistake_of_every_request_is_reported_under_its_index(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.perform(
            action(session, "write"),
            [Request({"title": "fine"}), Request({"size": "x"}), Request({"title": "y" * 21})],
        )
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [
        ("missing", (1, "title")),
        ("int_parsing", (1, "size")),
        ("string_too_long", (2, "title")),
    ]
    assert await titles(session) == []


async def test_one_bad_record_of_many_leaves_none(session: Session) -> None:
    await write(session, "taken")
    with pytest.raises(Conflict) as caught:
        await write(session, "new", "taken")
    assert caught.value.issues[0].message == "another note has this title"
    assert await titles(session) == ["taken"]


async def test_what_a_step_looks_up_before_the_write_completes_the_record(session: Session) -> None:
    await write(session, "a", "b")
    (note,) = await session.perform(action(session, "measure"), [Request({"title": "c"})])
    assert note.size == 2


async def test_a_failure_after_the_write_undoes_it_and_is_not_announced(session: Session, heard: Heard) -> None:
    with pytest.raises(Invalid, match="not after all"):
        await session.perform(action(session, "doomed"), [Request({"title": "x"})])
    assert await titles(session) == []
    assert heard.outcomes == []


async def test_an_update_changes_only_what_was_given(session: Session) -> None:
    (note,) = await session.perform(action(session, "write"), [Request({"title": "a", "size": 3, "rank": 1})])
    (edited,) = await session.perform(action(session, "edit"), [Request({"rank": None}, note.id)])
    assert (edited.title, edited.size, edited.rank) == ("a", 3, None)


async def test_an_update_of_nothing_gives_the_record_as_it_is(session: Session) -> None:
    (note,) = await write(session, "a")
    assert await session.perform(action(session, "edit"), [Request({}, note.id)]) == [note]


async def test_records_that_change_differently_are_changed_by_one_call(session: Session) -> None:
    a, b = await write(session, "a", "b")
    edited = await session.perform(action(session, "edit"), [Request({"size": 1}, a.id), Request({"size": 2}, b.id)])
    assert [(note.title, note.size) for note in edited] == [("a", 1), ("b", 2)]


async def test_values_that_are_equal_and_yet_not_the_same_are_kept_apart(session: Session) -> None:
    one, other = await write(session, "a", "b")
    requests = [Request({"marks": {"n": 1}}, one.id), Request({"marks": {"n": True}}, other.id)]
    edited = await session.perform(action(session, "edit"), requests)
    assert [repr(note.marks) for note in edited] == ["{'n': 1}", "{'n': True}"]


@pytest.mark.parametrize("name", ["edit", "send", "remove"])
async def test_a_call_is_about_each_record_once(session: Session, name: str) -> None:
    (note,) = await write(session, "a")
    with pytest.raises(Invalid) as caught:
        await session.perform(action(session, name), [Request(id=note.id), Request(id=str(note.id))])
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("repeated_record", (1, "id"))]
    assert await titles(session) == ["a"]


async def test_a_step_that_reads_the_record_finds_it(session: Session) -> None:
    (note,) = await write(session, "quiet")
    (loud,) = await session.perform(action(session, "shout"), [Request({}, note.id)])
    assert loud.title == "QUIET"


@pytest.mark.parametrize("name", ["edit", "shout", "remove"])
async def test_a_record_that_is_not_there_is_not_found(session: Session, name: str) -> None:
    missing = uuid7()
    with pytest.raises(NotFound) as caught:
        await session.perform(action(session, name), [Request({}, missing)])
    assert caught.value.issues[0].message == f"there is no Note with id {missing}"


async def test_a_key_that_is_none_is_invalid(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.perform(action(session, "edit"), [Request({}, "garbage")])
    assert caught.value.issues[0].path == ("id",)


async def test_a_move_is_made_once(session: Session) -> None:
    (note,) = await write(session, "a")
    (sent,) = await session.perform(action(session, "send"), [Request({}, note.id)])
    assert str(sent.stage) == "sent"
    with pytest.raises(Conflict) as caught:
        await session.perform(action(session, "send"), [Request({}, note.id)])
    (issue,) = caught.value.issues
    assert issue.code == "illegal_transition"
    assert issue.message == "`Note.send` is not allowed while stage is sent; it is from draft"
    assert dict(issue.params) == {"state": "sent", "allowed_from": ["draft"]}


async def test_one_illegal_move_of_many_moves_none(session: Session) -> None:
    a, b = await write(session, "a", "b")
    await session.perform(action(session, "send"), [Request({}, a.id)])
    with pytest.raises(Conflict) as caught:
        await session.perform(action(session, "send"), [Request({}, b.id), Request({}, a.id)])
    assert caught.value.issues[0].path == (1, "id")
    (found,) = await session.find(action(session, "browse"), [b.id])
    assert str(found.stage) == "draft"


async def test_a_destroy_gives_the_record_as_it_was(session: Session) -> None:
    (note,) = await write(session, "a")
    (gone,) = await session.perform(action(session, "remove"), [Request({}, note.id)])
    assert gone == note
    assert await titles(session) == []


async def test_a_write_gives_what_it_is_asked_to_load(session: Session) -> None:
    (folder,) = await session.perform(action(session, "create", "Folder"), [Request({"name": "f"})])
    (note,) = await session.perform(
        action(session, "write"),
        [Request({"title": "a", "folder_id": str(folder.id)})],
        Query().loading(folder=Query().selecting("name", "note_count")),
    )
    assert (note.folder.name, note.folder.note_count) == ("f", 1)


async def test_a_transaction_of_several_actions_is_undone_as_a_whole(session: Session) -> None:
    with pytest.raises(NotFound):
        await _write_then_fail(session)
    assert await titles(session) == []


async def _write_then_fail(session: Session) -> None:
    async with session.transaction() as inner:
        await write(inner, "a")
        await inner.perform(action(inner, "edit"), [Request({}, uuid7())])


async def test_every_outcome_is_announced_inside_the_transaction(session: Session, heard: Heard) -> None:
    await write(session, "a", "b")
    assert [(o.changeset.action.name, o.record["title"]) for o in heard.outcomes] == [("write", "a"), ("write", "b")]


def test_the_plan_of_a_write_says_how_and_why(session: Session) -> None:
    update = "one UPDATE for all records with the same attributes, guard and expressions"
    assert plan(action(session, "write")) == "one INSERT for every two hundred records"
    assert plan(action(session, "remove")) == "one DELETE for all records with the same guard"
    assert plan(action(session, "edit")) == update
    assert plan(action(session, "shout")) == (
        "locks the records first, because a step reads them: "
        f"Writes the title in capitals, from what the record was before; then {update}"
    )
