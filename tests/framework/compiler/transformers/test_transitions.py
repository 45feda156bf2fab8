from __future__ import annotations

from typing import Literal
from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Update
from framework.declare.attributes import Attr, primary_key
from framework.declare.machine import state_machine
from framework.declare.resource import Resource


class Door(Resource):
    id: Attr[UUID] = primary_key()
    state: Attr[Literal["open", "shut"]] = state_machine("open", shut=("open", "shut"))
    shut = Update()
    paint = Update()


def test_an_update_named_as_a_move_makes_it_and_no_other_does() -> None:
    actions = compile_domain(Domain("test", [Door])).of(Door).actions
    assert actions["shut"].transition is not None
    assert actions["shut"].transition.target == "shut"
    assert actions["paint"].transition is None
