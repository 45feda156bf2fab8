"""The engine upholds what policies say: what is hidden is as absent, and what is not permitted forbidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from framework import Actor, Conflict, Context, Failure, Forbidden, Invalid, NotFound, Query, Request
from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.data.memory import MemoryLayer
from framework.identifiers import uuid7
from framework.sql.engine import create_tables, open_layer
from tests.framework.policies.archive import ARCHIVE, Calls, Document, Folder, Member, Team


@dataclass(frozen=True, slots=True)
class Archive:
    """Two teams with a folder and a document each: ann edits the first, bob reads it, cid edits the second."""

    engine: Engine
    ours: Any
    theirs: Any
    mine: Any
    hidden: Any

    def by(self, person: str, **facts: Any) -> Session:
        return self.engine.session(Context(Actor("user", person, facts)))

    @property
    def called(self) -> Any:
        return self.engine.services[Calls].seen


async def _filled(engine: Engine) -> Archive:
    system = engine.system("the test prepares")
    ours, theirs = await system.create_all(Team.found, [{"name": "ours"}, {"name": "theirs"}])
    roles = [("ann", "editor", ours), ("bob", "reader", ours), ("cid", "editor", theirs)]
    await system.create_all(Member.join, [{"person": p, "role": r, "team_id": t.id} for p, r, t in roles])
    shelf, safe = await system.create_all(
        Folder.add, [{"name": "shelf", "team_id": ours.id}, {"name": "safe", "team_id": theirs.id}]
    )
    mine, hidden = await system.create_all(
        Document.write,
        [
            {"title": "plan", "owner": "ann", "cost": 3, "folder_id": shelf.id},
            {"title": "secret", "owner": "cid", "cost": 7, "folder_id": safe.id},
        ],
    )
    engine.services[Calls].seen.clear()
    return Archive(engine, shelf, safe, mine, hidden)


@pytest.fixture(params=["memory", "postgres"])
async def archive(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Archive]:
    services: dict[type, Any] = {Calls: Calls()}
    if request.param == "memory":
        yield await _filled(Engine(ARCHIVE, MemoryLayer(ARCHIVE), services=services))
        return
    async with open_layer(ARCHIVE, fresh_database_url) as layer:
        await create_tables(layer)
        yield await _filled(Engine(ARCHIVE, layer, services=services))


async def perform(session: Session, name: str, *requests: Request) -> list[Any]:
    return await session.perform(ARCHIVE.action("Document", name), requests)


async def failure(session: Session, name: str, request: Request) -> Failure:
    with pytest.raises(Failure) as caught:
        await perform(session, name, request)
    return caught.value


def told(failure: Failure, key: object) -> tuple[type, str]:
    """What is told of a failure, whatever the key."""
    return type(failure), str(failure).replace(str(key), "KEY")


async def test_a_list_holds_what_its_caller_may_see(archive: Archive) -> None:
    for person, titles in {"ann": ["plan"], "bob": ["plan"], "cid": ["secret"], "dan": []}.items():
        assert [d.title for d in await archive.by(person).read(Document.browse)] == titles
    assert len(await archive.by("dan", role="auditor").read(Document.browse)) == 2
    browse = ARCHIVE.action("Document", "browse")
    assert await archive.by("ann").total(browse, Query()) == 1


async def test_a_long_list_is_estimated_by_what_is_seen_of_it_alone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.sql.transaction.COUNTED", 0)
    system = archive.engine.system("the test prepares")
    more = [{"title": "x", "owner": "cid", "folder_id": archive.theirs.id} for _ in range(200)]
    await system.create_all(Document.write, more)
    total = await archive.by("ann").estimate(ARCHIVE.action("Document", "browse"), Query())
    # At least so many: planners know of hidden records.
    assert total.number <= 1


async def test_whoever_nobody_is_sees_nothing(archive: Archive) -> None:
    assert await archive.engine.session().read(Document.browse) == []


@pytest.mark.parametrize("action", ["edit", "retitle", "burn", "weigh", "finish"])
async def test_a_hidden_record_is_as_one_that_is_not_there(archive: Archive, action: str) -> None:
    given = {"title": "mine now"} if action in ("edit", "retitle") else {}
    absent = uuid7()
    there = await failure(archive.by("ann"), action, Request(given, archive.hidden.id))
    gone = await failure(archive.by("ann"), action, Request(given, absent))
    assert told(there, archive.hidden.id) == told(gone, absent)
    assert isinstance(there, NotFound)
    assert archive.called == []


async def test_a_hidden_record_is_not_told_from_an_absent_one_by_wrong_input(archive: Archive) -> None:
    wrong = {"title": 7, "colour": "red"}
    absent = uuid7()
    there = await failure(archive.by("ann"), "retitle", Request(wrong, archive.hidden.id))
    gone = await failure(archive.by("ann"), "retitle", Request(wrong, absent))
    assert told(there, archive.hidden.id) == told(gone, absent)
    assert isinstance(there, NotFound)
    assert isinstance(await failure(archive.by("bob"), "retitle", Request(wrong, archive.mine.id)), Forbidden)
    assert isinstance(await failure(archive.by("ann"), "retitle", Request(wrong, archive.mine.id)), Invalid)


@pytest.mark.parametrize("action", ["edit", "retitle", "burn", "finish"])
async def test_what_is_seen_and_not_permitted_is_forbidden_before_any_step(archive: Archive, action: str) -> None:
    given = {"title": "mine now"} if action in ("edit", "retitle") else {}
    assert isinstance(await failure(archive.by("bob"), action, Request(given, archive.mine.id)), Forbidden)
    assert archive.called == []
    assert (await archive.by("bob").get(Document, archive.mine.id)).title == "plan"


async def test_what_is_permitted_is_done(archive: Archive) -> None:
    (edited,) = await perform(archive.by("ann"), "edit", Request({"title": "new plan"}, archive.mine.id))
    assert edited.title == "new plan"
    assert await perform(archive.by("bob"), "weigh", Request(id=archive.mine.id)) == [8]


async def test_what_nothing_allows_is_forbidden(archive: Archive) -> None:
    assert isinstance(await failure(archive.by("ann"), "tidy", Request()), Forbidden)
    assert await perform(archive.by("ann", role="lead"), "tidy", Request()) == [1]


async def test_a_forbid_beats_an_allow_and_a_bypass_beats_both(archive: Archive) -> None:
    await perform(archive.by("ann"), "finish", Request(id=archive.mine.id))
    assert isinstance(await failure(archive.by("ann"), "burn", Request(id=archive.mine.id)), Forbidden)
    await perform(archive.by("zoe", role="auditor"), "burn", Request(id=archive.mine.id))


async def test_the_state_that_an_action_moves_to_does_not_count_against_it(archive: Archive) -> None:
    (done,) = await perform(archive.by("ann"), "finish", Request(id=archive.mine.id))
    assert done.stage == "final"


async def test_a_record_is_not_made_where_its_maker_may_make_none(archive: Archive) -> None:
    given = {"title": "x", "owner": "bob", "folder_id": archive.ours.id}
    assert isinstance(await failure(archive.by("bob"), "write", Request(given)), Forbidden)
    async with archive.by("bob").transaction() as inner:
        with pytest.raises(Forbidden):
            await perform(inner, "write", Request(given))
    assert len(await archive.by("bob").read(Document.browse)) == 1


async def test_a_record_is_not_moved_to_where_its_mover_may_change_none(archive: Archive) -> None:
    system = archive.engine.system("the test prepares")
    team = await system.create(Team.found, {"name": "third"})
    await system.create(Member.join, {"person": "ann", "role": "reader", "team_id": team.id})
    other = await system.create(Folder.add, {"name": "other", "team_id": team.id})
    for action in ("move", "edit"):
        refused = await failure(archive.by("ann"), action, Request({"folder_id": other.id}, archive.mine.id))
        assert isinstance(refused, Forbidden)
    assert (await archive.by("ann").get(Document, archive.mine.id))["folder_id"] == archive.ours.id


async def test_what_a_change_is_from_counts_as_it_was_once_it_is_made(archive: Archive) -> None:
    refused = await failure(archive.by("ann"), "hand_over", Request({"owner": "cid"}, archive.mine.id))
    (handed,) = await perform(archive.by("ann"), "hand_over", Request({"owner": "bob"}, archive.mine.id))
    assert isinstance(refused, Forbidden)
    assert handed.owner == "bob"


async def test_a_key_that_leads_to_a_hidden_record_is_as_one_that_leads_nowhere(archive: Archive) -> None:
    absent = uuid7()
    for action, own in {"move": archive.mine.id, "write": None}.items():
        rest = {} if own else {"title": "x", "owner": "ann"}
        there = await failure(archive.by("ann"), action, Request({**rest, "folder_id": archive.theirs.id}, own))
        gone = await failure(archive.by("ann"), action, Request({**rest, "folder_id": absent}, own))
        assert told(there, archive.theirs.id) == told(gone, absent)
        assert there.issues == gone.issues


async def test_a_value_that_may_not_be_read_is_absent_wherever_it_is_asked_for(archive: Archive) -> None:
    seen = await archive.by("bob").get(Document, archive.mine.id)
    assert seen["cost"] is None
    assert (await archive.by("ann").get(Document, archive.mine.id)).cost == 3
    found = await archive.by("bob").read(Document.browse, Query().where(Document.cost == 3))
    assert found == []
    await perform(archive.by("ann"), "retitle", Request({"title": "a"}, archive.mine.id))
    (finished,) = await perform(archive.by("ann"), "finish", Request(id=archive.mine.id))
    assert finished.cost == 3


async def test_what_a_write_gives_back_hides_what_a_read_hides(archive: Archive) -> None:
    system = archive.engine.system("the test prepares")
    await system.create(Member.join, {"person": "eve", "role": "editor", "team_id": archive.ours.team_id})
    (retitled,) = await perform(archive.by("eve"), "retitle", Request({"title": "b"}, archive.mine.id))
    assert (retitled.title, retitled.cost) == ("b", None)
    (burned,) = await perform(archive.by("eve"), "burn", Request(id=archive.mine.id))
    assert (burned.title, burned.cost) == ("b", None)


async def test_what_an_action_works_out_is_of_what_is_stored_though_its_caller_may_not_read_it(
    archive: Archive,
) -> None:
    system = archive.engine.system("the test prepares")
    await system.create(Member.join, {"person": "eve", "role": "editor", "team_id": archive.ours.team_id})
    (charged,) = await perform(archive.by("eve"), "charge", Request(id=archive.mine.id))
    await system.create(Document.write, {"title": "b", "owner": "ann", "cost": 3, "folder_id": archive.ours.id})
    several = [Request(id=each.id) for each in await archive.by("ann").read(Document.browse)]
    await perform(archive.by("eve"), "charge", *several)
    assert charged["cost"] is None
    assert sorted(each.cost for each in await archive.by("ann").read(Document.browse)) == [4, 5]


async def test_a_value_that_may_not_be_written_is_refused_by_its_name(archive: Archive) -> None:
    refused = await failure(archive.by("ann"), "edit", Request({"cost": 9}, archive.mine.id))
    assert isinstance(refused, Forbidden)
    assert refused.issues[0].path == ("cost",)
    await perform(archive.by("ann", role="lead"), "edit", Request({"cost": 9}, archive.mine.id))
    assert isinstance(await failure(archive.by("ann"), "edit", Request({"owner": "bob"}, archive.mine.id)), Forbidden)


async def test_links_and_counts_see_what_a_list_sees(archive: Archive) -> None:
    asked = Query().selecting("name", "documents").loading(folders=Query().loading(documents=Query()), members=Query())
    (team,) = await archive.by("bob").read(Team.browse, asked)
    assert (team.name, len(team.folders), len(team.members)) == ("ours", 1, 1)


async def test_what_is_based_on_a_filter_is_found_past_it_by_name(archive: Archive) -> None:
    (gone,) = await perform(archive.by("ann"), "archive", Request({"archived": True}, archive.mine.id))
    assert gone is None
    assert await archive.by("ann").read(Document.browse) == []
    assert [d.title for d in await archive.by("ann").read(Document.browse_all)] == ["plan"]
    assert isinstance(await failure(archive.by("ann"), "retitle", Request({"title": "x"}, archive.mine.id)), NotFound)


async def test_one_of_many_that_is_refused_is_told_under_its_index(archive: Archive) -> None:
    requests = [Request({"title": "x"}, each.id) for each in (archive.mine, archive.hidden)]
    with pytest.raises(NotFound) as caught:
        await perform(archive.by("ann"), "retitle", *requests)
    assert [issue.path[0] for issue in caught.value.issues] == [1]
    assert (await archive.by("ann").get(Document, archive.mine.id)).title == "plan"


async def test_the_system_is_held_by_nothing_and_says_why(archive: Archive) -> None:
    everything = archive.by("dan").as_system("a test looks at all there is")
    assert len(await everything.read(Document.browse)) == 2
    async with archive.by("dan").transaction() as inner:
        assert await inner.read(Document.browse) == []
        assert len(await inner.as_system("in the same transaction").read(Document.browse)) == 2


async def test_a_state_that_is_hidden_is_told_by_no_failure(archive: Archive) -> None:
    seeing, blind = archive.by("ann", role="editor"), archive.by("ann", role="blind")
    await perform(blind, "finish", Request(id=archive.mine.id))
    assert "final" in str(await failure(seeing, "finish", Request(id=archive.mine.id)))
    told_nothing = await failure(blind, "finish", Request(id=archive.mine.id))
    assert isinstance(told_nothing, Conflict)
    assert "final" not in f"{told_nothing} {told_nothing.issues[0].params}"


async def test_a_guard_is_told_only_to_those_who_may(archive: Archive) -> None:
    await perform(archive.by("ann"), "finish", Request(id=archive.mine.id))
    assert isinstance(await failure(archive.by("ann"), "finish", Request(id=archive.mine.id)), Conflict)
    assert isinstance(await failure(archive.by("bob"), "finish", Request(id=archive.mine.id)), Forbidden)
    assert isinstance(await failure(archive.by("cid"), "finish", Request(id=archive.mine.id)), NotFound)
