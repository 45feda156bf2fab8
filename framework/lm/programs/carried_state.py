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
from framework.lm.modules.custom import Custom
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.steps import asked
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
    if not fresh.keys() & state.keys():
        parts = f"the program had the parts {sorted(state)} and has {sorted(fresh)} now"
        return CarriedState({}, (f"everything learned, as {parts}",))
    authored, lost = (
        _authored(before, tools),
        [f"all of `{part}`, which is gone" for part in state.keys() - fresh.keys()],
    )
    merged: dict[str, Any] = dict(fresh)
    for part in fresh.keys() & state.keys():
        learned, old, new = state[part], authored.get(part), fresh[part]["instructions"]
        words = learned["instructions"] if old == new else new
        if words != learned["instructions"] and learned["instructions"] != old:
            lost.append(f"the learned instructions of `{part}`, as the author has changed theirs")
        fitting = _fitting(_signature_of(part, before), _signature_of(part, after))
        demos = [kept for demo in learned["demos"] if (kept := fitting(demo)) is not None]
        if len(demos) < len(learned["demos"]):
            lost.append(f"{len(learned['demos']) - len(demos)} demonstrations of `{part}` that no longer fit")
        merged[part] = {"instructions": words, "demos": demos}
    return CarriedState(merged, tuple(sorted(lost)))


def _signature_of(part: str, definition: ProgramDefinition) -> SignatureDefinition | None:
    """The signature of a part as it is declared; None for one that nobody declared here."""
    match definition.module:
        case Pipeline():
            name = part.partition(".")[0]
            step = next((each for each in asked(definition.module.steps) if each.name == name), None)
            return None if step is None or isinstance(step.module, Custom) else step.signature
        case Custom():
            return None
        case _:
            return definition.signature


def _authored(before: ProgramDefinition, tools: AllowedTools) -> dict[str, str]:
    """The instructions of each part before anything was learned; none, where the old program cannot be built now."""
    try:
        return {part: learned["instructions"] for part, learned in dump(load(before, {}, tools)).items()}
    except Invalid:
        return {}


def _fitting(before: SignatureDefinition | None, after: SignatureDefinition | None) -> Callable[[Demo], Demo | None]:
    """Gives a demonstration as the new signature has it, or None where nothing of use is left.

    A field that neither signature names (`reasoning`, a trajectory) is the module's own and stays; so is all of a part
    whose signature nobody declared here.
    """
    if before is None or after is None:
        return lambda demo: demo
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
