"""The archive: documents in folders of teams. Members see what is their team's, and editors change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from framework import (
    Action,
    Attr,
    Change,
    Context,
    Create,
    Destroy,
    Domain,
    Many,
    One,
    Read,
    Resource,
    Scope,
    Update,
    actor,
    allow,
    attribute,
    belongs_to,
    bypass,
    changing,
    compile_domain,
    count,
    forbid,
    has_many,
    primary_key,
    state_machine,
    verb,
)
from framework import field as field_of
from framework.actions.changeset import Changeset
from framework.actions.session import Session


@dataclass(frozen=True, slots=True)
class Calls:
    """What steps and verbs were called with."""

    seen: list[object] = field(default_factory=list)


class Noted(Change):
    """Notes that it was called."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        """The changesets as they are."""
        session.services[Calls].seen.extend(changeset.id for changeset in changesets)
        return changesets


class Dearer(Change):
    """Costs one more."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        """Worked out by the store."""
        return [changeset.setting(cost=Document.cost + 1) for changeset in changesets]


class Stage(StrEnum):
    """Where a document stands."""

    DRAFT = "draft"
    FINAL = "final"


class Team(Resource):
    """Who works together."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    members: Many[Member] = has_many()
    folders: Many[Folder] = has_many()

    documents: Attr[int] = count(folders)

    browse = Read()
    found = Create(accept=[name])

    policies = [allow(found), allow(browse).when(members.any(lambda each: each.person == actor("id")))]


class Member(Resource):
    """That somebody is of a team; each sees their own alone."""

    id: Attr[UUID] = primary_key()
    person: Attr[str] = attribute()
    role: Attr[str] = attribute(default="reader")
    team: One[Team] = belongs_to()

    browse = Read()
    join = Create(accept=[person, role, team])

    policies = [allow(join), allow(browse).when(person == actor("id"))]


class Folder(Resource):
    """Where documents lie."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    team: One[Team] = belongs_to()
    documents: Many[Document] = has_many()

    browse = Read()
    add = Create(accept=[name, team])

    policies = [
        allow(add),
        allow(browse).when(team.members.any(lambda each: each.person == actor("id"))),
    ]


class Document(Resource):
    """A text in a folder. What it cost is told to its owner."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    owner: Attr[str] = attribute()
    cost: Attr[int] = attribute(default=0)
    archived: Attr[bool] = attribute(default=False)
    stage: Attr[Stage] = state_machine(Stage.DRAFT, finish=(Stage.DRAFT, Stage.FINAL))
    folder: One[Folder] = belongs_to()

    browse = Read()
    browse_all = Read(past=["current"])
    write = Create(accept=[title, owner, cost, folder])
    edit = Update(accept=[title, owner, cost, folder], steps=[Noted()])
    retitle = Update(accept=[title])
    finish = Update()
    charge = Update(steps=[Dearer()])
    hand_over = Update(accept=[owner])
    move = Update(accept=[folder])
    archive = Update(accept=[archived])
    burn = Destroy()
    weigh = Action(verb("tests.framework.policies.weigh"), returns=int, steps=[Noted()])
    tidy = Action(verb("tests.framework.policies.weigh:tidy"), returns=int, scope=Scope.RESOURCE)

    base = {"current": ~archived}
    policies = [
        bypass(actor("role") == "auditor"),
        allow(browse, browse_all, weigh).when(folder.team.members.any(lambda each: each.person == actor("id"))),
        allow(write, edit, retitle, move, archive, finish, charge, burn).when(
            folder.team.members.any(lambda each: (each.person == actor("id")) & (each.role == "editor"))
        ),
        forbid(edit, burn).when(stage == Stage.FINAL),
        forbid(edit).when(changing(owner)).unless(actor("role") == "lead"),
        allow(hand_over).when(changing(owner, to="bob")),
        allow(tidy).when(actor("role") == "lead"),
        field_of(stage).readable_when(actor("role").is_null() | (actor("role") != "blind")),
        field_of(cost).readable_when(owner == actor("id")).writable_when(actor("role") == "lead"),
    ]


ARCHIVE = compile_domain(Domain("archive", [Team, Member, Folder, Document]))
