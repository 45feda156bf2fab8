"""Steps mean the same whatever carries an action out: what they set counts, and every stage of them runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset, Outcome
from framework.actions.engine import Engine
from framework.actions.request import Request
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Action, Create, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import Conflict, Failure, Forbidden, Invalid, NotFound, Unavailable
from framework.spec.action import Scope
from tests.framework.actions import stepping_verbs

VERBS = "tests.framework.actions.stepping_verbs"


@dataclass(frozen=True, slots=True)
class Doubled(Change):
    """Doubles the weight."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(weight=2 * c.arguments["weight"]) for c in changesets]


@dataclass(frozen=True, slots=True)
class Stamped(Change):
    """Notes every stage that it takes part in, and whether that is inside a transaction."""

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        stepping_verbs.SEEN.append(f"before {await session.writer.count(changesets[0].resource, None)}")
        return changesets

    async def after(self, outcomes: Sequence[Outcome], session: Session) -> None:
        await session.create_all(Parcel.send, [{"label": f"weighed {outcome.result}"} for outcome in outcomes])
        stepping_verbs.SEEN.append("after")


@dataclass(frozen=True, slots=True)
class Checked(Change):
    """Reads the record before it decides, and refuses one that is labelled as lost."""

    needs_record: ClassVar[bool] = True

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        lost = Conflict("the parcel is lost", code="lost", path=("id",))
        return [c.failing(lost) if c.value("label") == "lost" else c for c in changesets]


@dataclass(frozen=True, slots=True)
class Refusing(Change):
    """Refuses whatever is labelled with the name of a kind of failure."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        kinds = {"absent": NotFound, "kept": Forbidden, "away": Unavailable, "clash": Conflict, "wrong": Invalid}
        return [c.failing(kinds[c.value("label")]()) if c.value("label") in kinds else c for c in changesets]


class Parcel(Resource):
    """Something sent."""

    id: Attr[UUID] = primary_key()
    label: Attr[str] = attribute()

    browse = Read()
    send = Create(accept=[label])
    check = Create(accept=[label], steps=[Refusing()])
    inspect = Update(steps=[Checked()])
    weigh = Action(
        verb(f"{VERBS}:weigh"),
        arguments={"weight": argument(int)},
        returns=int,
        scope=Scope.RESOURCE,
        steps=[Doubled(), Stamped()],
    )
    read_label = Action(verb(f"{VERBS}:name"), returns=str, steps=[Checked()])


@dataclass(frozen=True, slots=True)
class Miscoded(Change):
    """Sets a code that the pattern of the attribute forbids, which no database checks."""

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(code="not-a-code") for c in changesets]


class Letter(Resource):
    """Something sent, with a code that a step sets."""

    id: Attr[UUID] = primary_key()
    code: Attr[str] = attribute(default="a1", pattern=r"^[a-z]\d$")
    send = Create(steps=[Miscoded()])


@pytest.fixture
def session() -> Session:
    stepping_verbs.SEEN.clear()
    domain = compile_domain(Domain("post", [Parcel, Letter]))
    return Engine(domain, MemoryLayer(domain)).session()


def action(session: Session, name: str) -> Any:
    return session.domain.action("Parcel", name)


async def test_what_a_step_sets_reaches_the_verb(session: Session) -> None:
    assert await session.run(Parcel.weigh, {"weight": 4}) == 8


async def test_the_stages_of_a_step_stand_around_the_verb_each_in_a_transaction(session: Session) -> None:
    await session.run(Parcel.weigh, {"weight": 4})
    assert stepping_verbs.SEEN == ["before 0", "verb", "after"]
    assert [parcel.label for parcel in await session.read(Parcel.browse)] == ["weighed 8"]


async def test_what_a_verb_could_not_do_has_no_after(session: Session) -> None:
    results = await session.attempt(action(session, "weigh"), [Request({"weight": -1}), Request({"weight": 1})])
    assert isinstance(results[0], Unavailable)
    assert [parcel.label for parcel in await session.read(Parcel.browse)] == ["weighed 2"]


async def test_a_step_reads_the_record_that_a_verb_is_about(session: Session) -> None:
    fine, lost = await session.create_all(Parcel.send, [{"label": "fine"}, {"label": "lost"}])
    assert await session.run(Parcel.read_label, id=fine.id) == "fine"
    with pytest.raises(Conflict, match="the parcel is lost"):
        await session.run(Parcel.read_label, id=lost.id)


@pytest.mark.parametrize("name", ["inspect", "read_label"])
async def test_a_step_refuses_one_of_many_under_its_index(session: Session, name: str) -> None:
    fine, lost = await session.create_all(Parcel.send, [{"label": "fine"}, {"label": "lost"}])
    with pytest.raises(Conflict) as caught:
        await session.perform(action(session, name), [Request(id=fine.id), Request(id=lost.id)])
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("lost", (1, "id"))]


@pytest.mark.parametrize(
    ("labels", "kind", "places"),
    [
        (["fine", "clash"], Conflict, [(1,)]),
        (["away", "fine", "away"], Unavailable, [(0,), (2,)]),
        (["kept"], Forbidden, [()]),
        (["wrong", "clash", "absent", "kept", "absent"], Forbidden, [(3,)]),
        (["wrong", "clash", "absent", "fine", "absent"], NotFound, [(2,), (4,)]),
    ],
)
async def test_a_failure_of_any_kind_refuses_one_of_many_and_the_gravest_kind_is_told(
    session: Session, labels: list[str], kind: type[Failure], places: list[tuple[int, ...]]
) -> None:
    with pytest.raises(Failure) as caught:
        await session.perform(action(session, "check"), [Request({"label": label}) for label in labels])
    assert type(caught.value) is kind
    assert [issue.path for issue in caught.value.issues] == places


@pytest.mark.parametrize("count", [1, 2])
async def test_a_step_cannot_store_what_the_attribute_forbids(session: Session, count: int) -> None:
    with pytest.raises(Invalid) as caught:
        await session.create_all(Letter.send, [{}] * count)
    assert {issue.code for issue in caught.value.issues} == {"string_pattern_mismatch"}
    assert [issue.field for issue in caught.value.issues] == ["code"] * count
