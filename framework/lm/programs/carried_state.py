"""What a program has learned, carried over to a changed definition of the same program.

A deployment that changes a limit or a word of the instructions must not throw away what was paid for. Each part
keeps what still fits, as a three-way merge does: what the author changed is the author's, what they left alone is
the optimizer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from framework.errors import Invalid
from framework.lm.fields.annotations import annotation_of
from framework.lm.programs.program import ProgramDefinition, State
from framework.lm.programs.state import dump, load
from framework.lm.programs.tools import AllowedTools
from framework.lm.signatures.definition import SignatureDefinition

Demo: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CarriedState:
    """The state for the new definition, and in words what of the old one could not be kept."""

    state: State
    lost: tuple[str, ...] = ()


def carried_state(
    state: State, before: ProgramDefinition, after: ProgramDefinition, *, tools: AllowedTools
) -> CarriedState:
    """What of `state`, learned by `before`, still holds for `after`; raises Invalid when `after` cannot be built."""
    if not state:
        return CarriedState({})
    fresh = dump(load(after, {}, tools))
    if fresh.keys() != state.keys():
        parts = f"the program had the parts {sorted(state)} and has {sorted(fresh)} now"
        return CarriedState({}, (f"everything learned, as {parts}",))
    authored = _authored(before, tools)
    fitting = _fitting(before.signature, after.signature)
    merged: dict[str, Any] = {}
    lost: list[str] = []
    for part, learned in state.items():
        old, new = authored.get(part), fresh[part]["instructions"]
        words = learned["instructions"] if old == new else new
        if words != learned["instructions"] and learned["instructions"] != old:
            lost.append(f"the learned instructions of `{part}`, as the author has changed theirs")
        demos = [kept for demo in learned["demos"] if (kept := fitting(demo)) is not None]
        if len(demos) < len(learned["demos"]):
            lost.append(f"{len(learned['demos']) - len(demos)} demonstrations of `{part}` that no longer fit")
        merged[part] = {"instructions": words, "demos": demos}
    return CarriedState(merged, tuple(lost))


def _authored(before: ProgramDefinition, tools: AllowedTools) -> dict[str, str]:
    """The instructions of each part before anything was learned; none, where the old program cannot be built now."""
    try:
        return {part: learned["instructions"] for part, learned in dump(load(before, {}, tools)).items()}
    except Invalid:
        return {}


def _fitting(before: SignatureDefinition, after: SignatureDefinition) -> Callable[[Demo], Demo | None]:
    """Gives a demonstration as the new signature has it, or None where nothing of use is left.

    A field that neither signature names (`reasoning`, a trajectory) is the module's own and stays.
    """
    checks = {field.name: TypeAdapter(annotation_of(field.type)) for field in (*after.inputs, *after.outputs)}
    removed = {*before.input_names, *before.output_names} - checks.keys()

    def fitting(demo: Demo) -> Demo | None:
        kept = {name: value for name, value in demo.items() if name not in removed}
        shows_something = kept.keys() & set(after.input_names) and kept.keys() - set(after.input_names)
        return kept if shows_something and all(_fits(checks, *item) for item in kept.items()) else None

    return fitting


def _fits(checks: Mapping[str, TypeAdapter[Any]], name: str, value: Any) -> bool:
    if name not in checks or value is None:
        return True
    try:
        checks[name].validate_python(value)
    except ValidationError:
        return False
    return True
