"""The state machine of a class, read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

from framework.compiler.reading_fields import read_members
from framework.declare.machine import MachineOptions
from framework.spec.action import StateMachineSpec, TransitionSpec
from framework.spec.attribute import AttributeSpec, Default, Origin
from framework.types.resolve import resolve
from framework.types.type import Kind, Type


def read_machine(name: str, annotation: Any, options: MachineOptions) -> tuple[AttributeSpec, StateMachineSpec]:
    """The attribute that holds the state, and the moves between states by the name of their action."""
    kind = resolve(annotation)
    if kind.kind not in (Kind.ENUM, Kind.LITERAL) or not all(isinstance(choice, str) for choice in kind.choices):
        raise TypeError("the states of a machine are an enum or a Literal of texts")
    if kind.nullable:
        raise TypeError("a state is never absent: leave `| None` out")
    if not isinstance(options.indexed, bool):
        raise TypeError("no move is called `index`: that says whether there is one, as in `index=False`")
    states = tuple(str(choice) for choice in kind.choices)
    transitions = {move: _transition(name, move, said, states) for move, said in options.moves.items()}
    initial = _state(options.initial, states)
    default = Default(value=kind.cast(initial)[0])
    attribute = machine_attribute(name, kind, options, default)
    attribute = replace(attribute, renamed_members=read_members(options.renamed_members))
    return attribute, StateMachineSpec(name, initial, states, transitions, options.indexed)


def machine_attribute(name: str, kind: Type, options: MachineOptions, default: Default) -> AttributeSpec:
    """The attribute that holds the state: nobody writes it but the moves."""
    return AttributeSpec(
        name=name,
        type=kind,
        source=options.source,
        doc=options.doc,
        origin=Origin.GENERATED,
        default=default,
    )


def _transition(name: str, move: str, said: object, states: tuple[str, ...]) -> TransitionSpec:
    if not isinstance(said, tuple) or len(said) != 2:
        raise TypeError(f"the move `{move}` goes from some states to one: `{move}=(BEFORE, AFTER)`")
    sources, target = said
    return TransitionSpec(name, tuple(_states(sources, states)), _state(target, states))


def _states(said: object, known: tuple[str, ...]) -> Iterable[str]:
    many = said if isinstance(said, (list, tuple, set, frozenset)) else (said,)
    named = {_state(one, known) for one in many}
    return (state for state in known if state in named)


def _state(said: object, known: tuple[str, ...]) -> str:
    name = str(said.value) if isinstance(said, Enum) else str(said)
    if name not in known:
        raise TypeError(f"`{name}` is not a state; the states are {', '.join(known)}")
    return name
