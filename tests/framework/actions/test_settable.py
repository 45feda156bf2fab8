"""A step that sets what its action cannot set is told so, by the names of both; nothing is dropped, nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from framework.actions.changeset import Changeset
from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.actions.step import Change
from framework.compiler.domain import Domain, compile_domain
from framework.context import Context
from framework.data.memory import MemoryLayer
from framework.declare.actions import Action, Create, Destroy, Read, Update, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.expr.nodes import Along, Arithmetic, Call, Function, Operator, Ref, Value
from framework.spec.action import Scope

VERBS = "tests.framework.actions.stepping_verbs"


@dataclass(frozen=True, slots=True)
class Setting(Change):
    """Sets one value, whatever it is."""

    name: str
    value: Any

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(**{self.name: self.value}) for c in changesets]


ONE_MORE = Arithmetic(Operator.ADD, Ref("size"), Value(1))


class Crate(Resource):
    """Something to put things in, and crates into."""

    id: Attr[UUID] = primary_key()
    label: Attr[str] = attribute(default="a")
    size: Attr[int] = attribute(default=0)
    outer: One[Crate | None] = belongs_to()
    inner: Many[Crate] = has_many()
    crowd: Attr[int] = count(inner)

    browse = Read()
    build = Create(accept=[label, size])
    grow = Create(accept=[label, size], steps=[Setting("size", ONE_MORE)])
    follow = Create(steps=[Setting("size", Along("outer", Ref("size")))])
    empty = Create(steps=[Setting("label", Call(Function.COALESCE, (Value(None), Value("none"))))])
    misspell = Create(steps=[Setting("labl", "b")])
    enlarge = Update(steps=[Setting("size", ONE_MORE)])
    misname = Update(steps=[Setting("nope", 1)])
    miscount = Update(steps=[Setting("crowd", 1)])
    rename = Update(steps=[Setting("id", UUID(int=1))])
    empty_out = Destroy(steps=[Setting("size", 0)])
    weigh = Action(
        verb(f"{VERBS}:weigh"),
        arguments={"weight": argument(int)},
        returns=int,
        scope=Scope.RESOURCE,
        steps=[Setting("label", "b")],
    )
    weigh_more = Action(
        verb(f"{VERBS}:weigh"),
        arguments={"weight": argument(int)},
        returns=int,
        scope=Scope.RESOURCE,
        steps=[Setting("wait", 2)],
    )


@pytest.fixture
def session() -> Session:
    domain = compile_domain(Domain("crates", [Crate]))
    return Engine(domain, MemoryLayer(domain)).session()


async def test_a_record_that_is_yet_to_be_made_is_not_asked_what_it_holds(session: Session) -> None:
    await session.create(Crate.build, {})
    with pytest.raises(TypeError, match=r"`Crate\.grow` sets `size` to an expression over the record, .* to be made"):
        await session.create(Crate.grow, {"size": 3})
    with pytest.raises(TypeError, match=r"`Crate\.follow` sets `size` to an expression over the record"):
        await session.create(Crate.follow, {})
    assert len(await session.read(Crate.browse)) == 1


async def test_a_record_may_be_made_by_an_expression_about_none_and_changed_by_one_about_itself(
    session: Session,
) -> None:
    crate = await session.create(Crate.empty, {})
    assert crate.label == "none"
    assert (await session.update(Crate.enlarge, crate.id, {})).size == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("misname", r"a step of `Crate\.misname` sets `nope`, and there is no such attribute; there are .*`label`"),
        ("miscount", r"a step of `Crate\.miscount` sets `crowd`, and there is no such attribute"),
    ],
)
async def test_a_step_that_sets_no_attribute_is_told_what_it_set(session: Session, name: str, says: str) -> None:
    crate = await session.create(Crate.build, {})
    with pytest.raises(TypeError, match=says):
        await session.update(getattr(Crate, name), crate.id, {})


async def test_a_misspelt_attribute_is_told_with_the_one_that_was_meant(session: Session) -> None:
    with pytest.raises(TypeError, match=r"`Crate\.misspell` sets `labl`, .* \(did you mean `label`\?\)"):
        await session.create(Crate.misspell, {})


async def test_a_step_of_a_verb_sets_arguments_alone(session: Session) -> None:
    with pytest.raises(TypeError, match=r"`Crate\.weigh` sets `label`, an attribute of the record: a verb writes no"):
        await session.run(Crate.weigh, {"weight": 1})
    with pytest.raises(TypeError, match=r"`Crate\.weigh_more` sets `wait`, and there is no such argument; there are"):
        await session.run(Crate.weigh_more, {"weight": 1})


async def test_a_step_of_a_destroy_is_told_that_nothing_it_sets_is_kept(session: Session) -> None:
    crate = await session.create(Crate.build, {})
    with pytest.raises(TypeError, match=r"a step of `Crate\.empty_out` sets `size`, and a destroy writes nothing"):
        await session.destroy(Crate.empty_out, crate.id)
    assert len(await session.read(Crate.browse)) == 1


async def test_a_step_of_an_update_is_told_that_a_record_keeps_its_key(session: Session) -> None:
    crate = await session.create(Crate.build, {})
    with pytest.raises(TypeError, match=r"a step of `Crate\.rename` sets `id`, which a record keeps"):
        await session.update(Crate.rename, crate.id, {})


class Shape:
    """A step that was written without the class of ours."""

    needs_record = False

    def says(self) -> str:
        return "labels a crate"

    def apply(self, changesets: Sequence[Changeset], context: Context) -> Sequence[Changeset]:
        return [c.setting(label="by shape") for c in changesets]

    async def before(self, changesets: Sequence[Changeset], session: Session) -> Sequence[Changeset]:
        return changesets

    async def after(self, outcomes: Sequence[object], session: Session) -> None:
        """Nothing."""


class Box(Resource):
    """Something with a label."""

    id: Attr[UUID] = primary_key()
    label: Attr[str] = attribute(default="a")
    build = Create(steps=[Shape()])


async def test_whatever_is_let_in_as_a_step_takes_part() -> None:
    domain = compile_domain(Domain("boxes", [Box]))
    box = await Engine(domain, MemoryLayer(domain)).session().create(Box.build, {})
    assert box.label == "by shape"
