"""Whether one may is answered without doing anything, and with the rules that have a say."""

from __future__ import annotations

from uuid import uuid4

import pytest

from framework import Actor, Context, Invalid, NotFound, Request
from framework.actions.engine import Engine
from framework.actions.permission.can import permissions
from framework.actions.session import Session
from framework.data.memory import MemoryLayer
from tests.framework.policies.archive import ARCHIVE, Calls, Document, Folder, Member, Team


async def filled() -> tuple[Session, Session, list[Document]]:
    """A session of an editor and one of a reader of the first team, and a document of each of two teams."""
    engine = Engine(ARCHIVE, MemoryLayer(ARCHIVE), services={Calls: Calls()})
    system = engine.system("the test prepares")
    documents = []
    for name in ("ours", "theirs"):
        team = await system.create(Team.found, {"name": name})
        for person, role in (("ann", "editor"), ("bob", "reader")) if name == "ours" else ():
            await system.create(Member.join, {"person": person, "role": role, "team_id": team.id})
        folder = await system.create(Folder.add, {"name": name, "team_id": team.id})
        given = {"title": name, "owner": "ann", "folder_id": folder.id}
        documents.append(await system.create(Document.write, given))
    ann, bob = (engine.session(Context(Actor("user", person))) for person in ("ann", "bob"))
    return ann, bob, documents


async def test_it_is_answered_for_each_record_and_tells_the_rules() -> None:
    ann, bob, (ours, _) = await filled()
    edit = ARCHIVE.action("Document", "edit")
    allowed = {}
    for name, session in {"ann": ann, "bob": bob}.items():
        (found,) = await permissions(session, edit, [Request(id=ours.id)])
        allowed[name] = found.allowed
        assert {str(rule.effect) for rule in found.rules} == {"bypass", "allow", "forbid"}
    assert allowed == {"ann": True, "bob": False}


async def test_a_create_hangs_on_the_record_that_is_made() -> None:
    ann, _, _ = await filled()
    (found,) = await permissions(ann, ARCHIVE.action("Document", "write"), [Request()])
    assert found.allowed is None


async def test_nothing_is_answered_for_a_record_that_is_hidden_absent_or_none() -> None:
    ann, _, (_, theirs) = await filled()
    edit = ARCHIVE.action("Document", "edit")
    for key in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            await permissions(ann, edit, [Request(id=key)])
    with pytest.raises(Invalid):
        await permissions(ann, edit, [Request(id="garbage")])
