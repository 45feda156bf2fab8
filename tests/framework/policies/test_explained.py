"""A decision is explained rule by rule, as it is for this actor and this record, and agrees with what is done."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from framework import Actor, Attr, Context, Domain, NotFound, Read, Request, Resource, primary_key
from framework.actions.engine import Engine
from framework.actions.permission.can import permissions
from framework.actions.permission.explained import Answer, explained
from framework.compiler.domain import compile_domain
from framework.data.memory import MemoryLayer
from framework.spec.policy import Effect
from tests.framework.policies.archive import ARCHIVE, Calls, Document, Folder, Member, Team

ANN, BOB = Actor("user", "ann"), Actor("user", "bob")
AUDITOR, LEAD = Actor("user", "eve", {"role": "auditor"}), Actor("user", "ann", {"role": "lead"})
KEY = Actor("user", "ann", {"scopes": ["Document.retitle", "read"]})


async def filled() -> tuple[Engine, list[Document]]:
    """A draft, what is final, and a document of another team."""
    engine = Engine(ARCHIVE, MemoryLayer(ARCHIVE), services={Calls: Calls()})
    system, documents = engine.system("the test prepares"), []
    for name in ("ours", "theirs"):
        team = await system.create(Team.found, {"name": name})
        for person, role in (("ann", "editor"), ("bob", "reader")) if name == "ours" else ():
            await system.create(Member.join, {"person": person, "role": role, "team_id": team.id})
        folder = await system.create(Folder.add, {"name": name, "team_id": team.id})
        titles = ("draft", "final") if name == "ours" else ("theirs",)
        given = [{"title": title, "owner": "ann", "folder_id": folder.id} for title in titles]
        documents += await system.create_all(Document.write, given)
    await system.update(Document.finish, documents[1].id)
    return engine, documents


async def test_every_rule_is_told_in_order_and_which_decided() -> None:
    engine, (draft, final, _) = await filled()
    burn = ARCHIVE.action("Document", "burn")
    ann = engine.session(Context(ANN))
    allowed, refused = [await explained(ann, burn, each.id) for each in (draft, final)]
    assert (allowed.allowed, refused.allowed) == (True, False)
    assert [rule.effect for rule in allowed.rules][:3] == [Effect.BYPASS, Effect.ALLOW, Effect.ALLOW]
    assert [rule.answer for rule in allowed.rules] == [
        Answer.UNKNOWN, None, Answer.YES, Answer.NO, None, None, None
    ]  # fmt: skip
    (decided,) = [rule for rule in allowed.rules if rule.decided]
    assert decided.effect is Effect.ALLOW
    (decided,) = [rule for rule in refused.rules if rule.decided]
    assert (decided.effect, decided.says, decided.answer) == (Effect.FORBID, "when `stage` is `final`", Answer.YES)


@pytest.mark.parametrize("who", [ANN, BOB, AUDITOR, LEAD, KEY])
async def test_it_agrees_with_what_is_decided(who: Actor) -> None:
    engine, documents = await filled()
    session = engine.session(Context(who))
    for document in documents:
        for action in ARCHIVE.resources["Document"].record_actions:
            told = await explained(session, action, document.id)
            try:
                (said,) = await permissions(session, action, [Request(id=document.id)])
            except NotFound:
                assert (told.allowed, told.why) == (False, "the record is hidden from them, so for them there is none")
                continue
            assert (action.name, told.allowed) == (action.name, said.allowed)


async def test_without_a_record_it_says_what_hangs_on_one() -> None:
    engine, _ = await filled()
    for actor, name, allowed, why in (
        (ANN, "edit", None, "that hangs on the record"),
        (AUDITOR, "edit", True, None),
        (ANN, "tidy", False, "nothing allows it"),
        (LEAD, "tidy", True, None),
        (KEY, "edit", False, "the key is not for this action"),
    ):
        told = await explained(engine.session(Context(actor)), ARCHIVE.action("Document", name))
        assert (actor, name, told.allowed, told.why) == (actor, name, allowed, why)


async def test_a_record_that_is_not_there_is_said_to_be_so() -> None:
    engine, _ = await filled()
    with pytest.raises(NotFound):
        await explained(engine.session(Context(ANN)), ARCHIVE.action("Document", "edit"), uuid4())


async def test_where_nobody_is_refused_that_is_the_explanation() -> None:
    class Note(Resource):
        """Anybody's."""

        id: Attr[UUID] = primary_key()
        browse = Read()

    domain = compile_domain(Domain("notes", [Note]))
    told = await explained(Engine(domain, MemoryLayer(domain)).session(), domain.action("Note", "browse"))
    assert (told.allowed, told.why, told.rules) == (True, "nobody is refused anything here", ())
