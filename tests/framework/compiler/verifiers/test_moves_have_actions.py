from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from framework.declare.actions import Create, Update
from framework.declare.attributes import Attr, primary_key
from framework.declare.machine import state_machine
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


def test_every_move_is_an_update_action(problems: Problems) -> None:
    class Run(Resource):
        id: Attr[UUID] = primary_key()
        state: Attr[Literal["new", "old"]] = state_machine(
            "new", begin=("new", "old"), start=("new", "old"), finish=("new", "old")
        )
        begin = Update()
        start = Create()
        finnish = Update()

    assert problems(Run) == [
        "`Run.state.start`: there is no update action `start` (add `start = Update()`)",
        "`Run.state.finish`: there is no update action `finish` (did you mean `finnish`?)",
    ]
