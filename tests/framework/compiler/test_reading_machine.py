from __future__ import annotations

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Literal
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Update
from framework.declare.attributes import Attr, primary_key
from framework.declare.machine import state_machine
from framework.declare.resource import Resource
from framework.spec.action import StateMachineSpec, TransitionSpec
from framework.spec.attribute import Origin

Problems = Callable[..., list[str]]


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Plain(Enum):
    ON = "on"
    OFF = "off"


class Number(Enum):
    ONE = 1


def test_an_enum_names_the_states_and_the_moves_go_between_them() -> None:
    class Run(Resource):
        id: Attr[UUID] = primary_key()
        state: Attr[State] = state_machine(
            State.QUEUED,
            begin=(State.QUEUED, State.RUNNING),
            cancel=([State.RUNNING, State.QUEUED], State.DONE),
        )
        begin = Update()
        cancel = Update()

    spec = compile_domain(Domain("test", [Run])).of(Run)
    assert spec.machine == StateMachineSpec(
        "state",
        "queued",
        ("queued", "running", "done"),
        {
            "begin": TransitionSpec("state", ("queued",), "running"),
            "cancel": TransitionSpec("state", ("queued", "running"), "done"),
        },
    )
    assert spec.actions["cancel"].transition == spec.machine.transitions["cancel"]
    state = spec.attributes["state"]
    assert state.origin is Origin.GENERATED
    assert state.default is not None
    assert state.default.fresh() is State.QUEUED


def test_an_enum_that_is_no_text_itself_starts_as_its_member() -> None:
    class Run(Resource):
        id: Attr[UUID] = primary_key()
        state: Attr[Plain] = state_machine(Plain.ON, stop=(Plain.ON, Plain.OFF))
        stop = Update()

    default = compile_domain(Domain("test", [Run])).of(Run).attributes["state"].default
    assert default is not None
    assert default.fresh() is Plain.ON


@pytest.mark.parametrize(
    ("annotation", "word", "says"),
    [
        ("Attr[str]", state_machine("a"), "the states of a machine are an enum or a Literal of texts"),
        ("Attr[Number]", state_machine(Number.ONE), "the states of a machine are an enum or a Literal of texts"),
        ("Attr[State | None]", state_machine(State.DONE), "a state is never absent: leave `| None` out"),
        ("Attr[Literal['a']]", state_machine("b"), "`b` is not a state; the states are a"),
        (
            "Attr[Literal['ab', 'b']]",
            state_machine("b", go="ab"),  # type: ignore[arg-type]  # wrong on purpose
            "the move `go` goes from some states to one: `go=(BEFORE, AFTER)`",
        ),
        ("Attr[Literal['a']]", state_machine("a", go=("a", "c")), "`c` is not a state; the states are a"),
    ],
)
def test_a_machine_that_makes_no_sense_is_told(problems: Problems, annotation: str, word: object, says: str) -> None:
    body = {"__annotations__": {"id": "Attr[UUID]", "state": annotation}, "id": primary_key(), "state": word}
    body |= {"go": Update(), "__module__": __name__}
    assert problems(type("Run", (Resource,), body)) == [f"`Run.state`: {says}"]


def test_a_record_has_one_state_machine(problems: Problems) -> None:
    class Run(Resource):
        id: Attr[UUID] = primary_key()
        state: Attr[State] = state_machine(State.QUEUED)
        mood: Attr[Literal["good", "bad"]] = state_machine("good")

    assert problems(Run) == ["`Run.mood`: `state` is a state machine already; a record has one"]
