"""Reads through the engine: pages, order, places, what is loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framework.actions.query import Direction, LoadRelated, LoadValue, Query, SeenRecord, Sort
from framework.actions.request import Request
from framework.actions.session import Session
from framework.declare.resource import NotLoaded
from framework.errors import Invalid
from framework.expr.nodes import FALSE, Among, Combine, Compare, Comparison, Logic, Ref, Value
from framework.identifiers import uuid7
from tests.framework.actions.conftest import Folder

RANKED = (Sort(("rank",), descending=True),)


def action(session: Session, name: str, resource: str = "Note") -> Any:
    return session.domain.action(resource, name)


@pytest.fixture
async def notes(session: Session) -> list[Any]:
    """Seven notes with ranks 3 1 None 2 1 None 5, of which the last two are in a folder."""
    (folder,) = await session.perform(action(session, "create", "Folder"), [Request({"name": "box"})])
    rows: list[dict[str, Any]] = [
        {"title": title, "rank": rank, "size": size}
        for size, (title, rank) in enumerate(zip("abcdefg", (3, 1, None, 2, 1, None, 5), strict=True), start=1)
    ]
    for row in rows[-2:]:
        row["folder_id"] = folder.id
    return await session.perform(action(session, "write"), [Request(row) for row in rows])


def named(records: list[Any]) -> str:
    return "".join(record["title"] for record in records)


@pytest.mark.usefixtures("notes")
async def test_a_page_holds_what_the_action_says_when_nothing_is_asked(session: Session) -> None:
    page = await session.page(action(session, "browse"), Query())
    assert (named(page.records), page.has_next, page.has_previous) == ("abc", True, False)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("descending", [True, False])
async def test_pages_forward_and_backward_hold_every_record_once(
    session: Session, limit: int, *, descending: bool
) -> None:
    sort = (Sort(("rank",), descending),)
    whole = await session.page(action(session, "browse"), Query(sort=sort, limit=10))
    # Ties go by key, in the direction of the sort.
    assert named(whole.records) == ("gadebfc" if descending else "bedagcf")
    forward, after = [], None
    while True:
        page = await session.page(action(session, "browse"), Query(sort=sort, limit=limit, after=after))
        forward += page.records
        if not page.has_next:
            break
        after = page.keys[-1]
    assert forward == whole.records
    backward: list[Any] = []
    before = None
    while True:
        query = Query(sort=sort, limit=limit, before=before, direction=Direction.BACKWARD)
        page = await session.page(action(session, "browse"), query)
        backward = [*page.records, *backward]
        if not page.has_previous:
            break
        before = page.keys[0]
    assert backward == whole.records


@pytest.mark.usefixtures("notes")
async def test_a_page_may_begin_after_a_record_of_which_only_the_key_is_known(session: Session) -> None:
    asked = Query(sort=(Sort(("folder", "name")), *RANKED), limit=2)
    first = await session.page(action(session, "browse"), asked)
    for last, keys in zip(first.records, first.keys, strict=True):
        known = await session.page(action(session, "browse"), replace(asked, after=keys))
        by_key = await session.page(action(session, "browse"), replace(asked, after=SeenRecord(last.id)))
        assert (named(by_key.records), by_key.keys) == (named(known.records), known.keys)
        assert by_key.has_previous


async def test_a_record_that_the_list_does_not_hold_is_no_place_in_it(session: Session, notes: list[Any]) -> None:
    """What it has is not found out by where it would stand."""
    seen = SeenRecord(notes[0].id)
    for query in (Query(after=seen), Query(before=seen, direction=Direction.BACKWARD)):
        with pytest.raises(Invalid, match="no longer in the list"):
            await session.page(action(session, "large"), query)


async def test_absent_values_come_last_whichever_the_direction(session: Session, notes: list[Any]) -> None:
    for descending in (True, False):
        page = await session.page(
            action(session, "browse"), Query(sort=(Sort(("rank",), descending),), limit=len(notes))
        )
        assert sorted(named(page.records)[-2:]) == ["c", "f"]


@pytest.mark.usefixtures("notes")
async def test_records_are_sorted_along_a_link(session: Session) -> None:
    sort = (Sort(("folder", "name")),)
    first = await session.page(action(session, "browse"), Query(sort=sort, limit=2))
    assert named(first.records) == "fg"
    second = await session.page(action(session, "browse"), Query(sort=sort, limit=10, after=first.keys[-1]))
    assert named(second.records) == "abcde"


@pytest.mark.usefixtures("notes")
async def test_the_total_counts_what_the_filter_finds(session: Session) -> None:
    small = Query(filter=Compare(Comparison.LT, Ref("size"), Value(4)), limit=1)
    assert await session.total(action(session, "browse"), small) == 3


@pytest.mark.usefixtures("notes")
async def test_an_action_narrows_what_can_be_found(session: Session, notes: list[Any]) -> None:
    page = await session.page(action(session, "large"), Query())
    assert named(page.records) == "fg"
    assert await session.find(action(session, "large"), [notes[0].id, notes[6].id]) == [None, notes[6]]


async def test_records_are_found_in_the_order_asked_for(session: Session, notes: list[Any]) -> None:
    missing = uuid7()
    found = await session.find(action(session, "browse"), [notes[2].id, missing, str(notes[0].id)])
    assert found == [notes[2], None, notes[0]]


@pytest.mark.usefixtures("notes")
async def test_what_is_not_selected_is_not_loaded(session: Session) -> None:
    page = await session.page(action(session, "browse"), Query().selecting("title"))
    assert page.records[0].title == "a"
    with pytest.raises(NotLoaded, match=r"`Note\.size` was not loaded: select it, or load it, in the query"):
        _ = page.records[0].size


@pytest.mark.usefixtures("notes")
async def test_the_other_ends_of_links_are_loaded_nested(session: Session) -> None:
    query = Query().loading(notes=Query(sort=(Sort(("title",), descending=True),)).loading(folder=Query()))
    page = await session.page(action(session, "browse", "Folder"), query)
    (folder,) = page.records
    assert named(folder.notes) == "gf"
    assert folder.notes[0].folder.name == "box"


@pytest.mark.usefixtures("notes")
async def test_a_limit_on_a_link_counts_for_each_record(session: Session) -> None:
    await session.perform(action(session, "create", "Folder"), [Request({"name": "empty"})])
    query = Query(sort=(Sort(("name",)),)).loading(notes=Query(limit=1))
    page = await session.page(action(session, "browse", "Folder"), query)
    assert [named(folder.notes) for folder in page.records] == ["f", ""]


async def test_a_link_to_nothing_is_none(session: Session, notes: list[Any]) -> None:
    (found,) = await session.find(action(session, "browse"), [notes[0].id], Query().loading(folder=Query()))
    assert found.folder is None


@pytest.mark.usefixtures("notes")
async def test_one_link_is_loaded_as_often_as_it_is_asked_for(session: Session) -> None:
    first, last = Sort(("title",)), Sort(("title",), descending=True)
    query = Query(
        loads=(
            LoadValue("name", "called"),
            LoadRelated("notes", Query(sort=(first,), limit=1), "first"),
            LoadRelated("notes", Query(sort=(last,), limit=1), "last"),
        )
    )
    (folder,) = (await session.page(action(session, "browse", "Folder"), query)).records
    assert (folder["called"], named(folder["first"]), named(folder["last"])) == ("box", "f", "g")


async def test_what_is_loaded_anew_takes_the_place_of_what_was(session: Session) -> None:
    query = Query().loading(notes=Query(limit=1)).selecting("name").loading(notes=Query(limit=2))
    assert query.loads == (LoadValue("name"), LoadRelated("notes", Query(limit=2)))


@pytest.mark.usefixtures("notes")
async def test_a_derived_value_at_the_end_of_a_link_can_be_sorted_by_where_the_link_is_loaded(
    session: Session,
) -> None:
    sort = (Sort(("folder", "note_count")), Sort(("title",), descending=True))
    for folder in (Query(), Query().selecting("name"), Query(filter=FALSE)):
        query = Query(sort=sort, limit=2).loading(folder=folder)
        page = await session.page(action(session, "browse"), query)
        assert named(page.records) == "gf"
        assert [keys[:2] for keys in page.keys] == [(2, "g"), (2, "f")]
        rest = await session.page(action(session, "browse"), replace(query, after=page.keys[-1], limit=10))
        assert named(rest.records) == "edcba"


async def test_a_query_is_a_key_whatever_it_compares_with() -> None:
    def asked(value: Any) -> Query:
        node = Combine(Logic.AND, (Compare(Comparison.EQ, Ref("meta"), Value(value)), Among(Ref("meta"), (value,))))
        return Query(filter=node).loading(notes=Query(filter=node).selecting("title"))

    plans = {asked({"a": [1]}): "one", asked({"a": [2]}): "two"}
    assert [plans[asked({"a": [1]})], plans[asked({"a": [2]})]] == ["one", "two"]


@pytest.mark.parametrize("limit", [-1, 11])
async def test_a_page_of_an_impossible_size_is_refused(session: Session, limit: int) -> None:
    with pytest.raises(Invalid) as caught:
        await session.page(action(session, "browse"), Query(limit=limit))
    assert str(caught.value) == f"a page of `Note.browse` holds 0 to 10 records, not {limit}"


async def test_a_negative_offset_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match="not negative"):
        await session.page(action(session, "browse"), Query(offset=-1))


async def test_a_place_in_another_order_is_refused(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        await session.page(action(session, "browse"), Query(sort=RANKED, after=(1,)))
    assert caught.value.issues[0].code == "bad_cursor"


@pytest.mark.usefixtures("notes")
async def test_a_backward_page_knows_what_lies_on_either_side(session: Session) -> None:
    sort = (Sort(("title",)),)
    last = await session.page(action(session, "browse"), Query(sort=sort, limit=2, direction=Direction.BACKWARD))
    assert (named(last.records), last.has_next, last.has_previous) == ("fg", False, True)


async def test_a_condition_on_another_resource_is_refused(session: Session) -> None:
    elsewhere = Query().where(Folder.name == "box")
    with pytest.raises(Invalid, match=r"`Folder\.name` belongs to another resource, and this is about `Note`"):
        await session.page(action(session, "browse"), elsewhere)
    with pytest.raises(Invalid, match=r"`Folder\.name` belongs to another resource"):
        await session.total(action(session, "browse"), elsewhere)


async def test_an_order_by_another_resource_is_refused(session: Session) -> None:
    with pytest.raises(Invalid, match=r"`Folder\.name` belongs to another resource"):
        await session.page(action(session, "browse"), Query().sorted_by(Folder.name.desc()))


@pytest.mark.parametrize(
    ("query", "says", "hint"),
    [
        (Query().selecting("titel"), "`Note` has no value `titel`", "did you mean `title`?"),
        (Query().loading(foldr=Query()), "`Note` has no link `foldr`", "did you mean `folder`?"),
        (
            Query().loading(folder=Query().selecting("nam")).limited(10),
            "`Folder` has no value `nam`",
            "did you mean `name`?",
        ),
    ],
)
@pytest.mark.usefixtures("notes")
async def test_a_name_that_is_not_there_is_met_with_what_was_meant(
    session: Session, query: Query, says: str, hint: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await session.page(action(session, "browse"), query)
    assert (caught.value.issues[0].message, caught.value.issues[0].hint) == (says, hint)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    "loads",
    [
        (LoadValue("title"), LoadValue("size", key="id")),
        (LoadValue("id"), LoadValue("title", key="folder_id")),
        (LoadValue("id"), LoadRelated("folder", Query(), key="title")),
        (LoadValue("title", key="x"), LoadValue("size", key="x")),
    ],
)
async def test_no_load_is_kept_in_the_place_of_another_value(session: Session, loads: tuple[Any, ...]) -> None:
    """It would have been taken for the key, for what is sorted by, or for what a link goes by."""
    with pytest.raises(Invalid) as caught:
        await session.page(action(session, "browse"), Query(loads=loads))
    assert caught.value.issues[0].code == "key_taken"
    (folder,) = await session.read(Folder.browse)
    with pytest.raises(Invalid):
        await session.find(action(session, "browse", "Folder"), [folder.id], Query().loading(notes=Query(loads=loads)))
