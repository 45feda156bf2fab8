"""A small domain in memory, for what is about the engine and not about where records are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset, Outcome
from framework.actions.engine import Engine
from framework.actions.notifier import Attempt
from framework.actions.request import Call
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Action, Create, Destroy, Read, Update, argument, keyset
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import count
from framework.declare.machine import state_machine
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.errors import Invalid
from framework.spec.action import ActionSpec, Scope


class Stage(StrEnum):
    """The states of a note."""

    DRAFT = "draft"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Shout(Change):
    """Writes the title in capitals, from what the record was before."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(title=str(c.value("title")).upper()) for c in changesets]


@dataclass(frozen=True, slots=True)
class RefuseAfterwards(Change):
    """Fails when everything is written."""

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        raise Invalid("not after all", code="too_late")


@dataclass(frozen=True, slots=True)
class LookUp(Change):
    """Fills in the size, as something that has to be looked up."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        total = await session.writer.count(session.domain.of(Note), None)
        return [c.setting(size=total) for c in changesets]


class Folder(Resource):
    """Where notes are."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    notes: Many[Note] = has_many()
    note_count: Attr[int] = count(notes)

    browse = Read()
    create = Create(accept=[name])


class Note(Resource):
    """Something written."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=20)
    size: Attr[int] = attribute(default=0)
    rank: Attr[int | None] = attribute(default=None)
    marks: Attr[dict[str, Any]] = attribute(default_factory=dict)
    stage: Attr[Stage] = state_machine(Stage.DRAFT, send=(Stage.DRAFT, Stage.SENT))
    folder: One[Folder | None] = belongs_to()

    browse = Read(paginate=keyset(default=3, maximum=10))
    large = Read(where=size > 5)
    write = Create(accept=[title, size, rank, folder])
    measure = Create(accept=[title], steps=[LookUp()])
    doomed = Create(accept=[title], steps=[RefuseAfterwards()])
    edit = Update(accept=[title, size, rank, marks])
    shout = Update(steps=[Shout()])
    send = Update()
    remove = Destroy()
    measure_all = Action(
        verb("measure_verb:measure_all"),
        arguments={"factor": argument(int, default=1), "word": argument(str)},
        returns=int,
        scope=Scope.RESOURCE,
    )
    fragile = Action(verb("measure_verb:fragile"), returns=str)
    forgetful = Action(verb("measure_verb:forgetful"), returns=str, scope=Scope.RESOURCE)

    unique_title = identity(title, message="another note has this title")


@dataclass(slots=True)
class Heard:
    """A notifier that remembers."""

    outcomes: list[Outcome] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)

    async def notify(self, outcomes: Sequence[Outcome], session: Session) -> None:
        self.outcomes.extend(outcomes)

    async def refused(self, action: ActionSpec, attempts: Sequence[Attempt], session: Session) -> None:
        self.attempts.extend(attempts)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def session(heard: Heard, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Session:
    monkeypatch.syspath_prepend(str(request.path.parent))
    domain = compile_domain(Domain("notes", [Folder, Note]))
    return Engine(domain, MemoryLayer(domain), heard).session()


__all__ = ["Call", "Folder", "Heard", "Note", "Stage"]
