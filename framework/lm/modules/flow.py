"""What flows between the steps of a pipeline, looked at before any of it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from framework.errors import Issue, Path
from framework.lm.fields.field_types import DictType, FieldDefinition, FieldType, ListType, ObjectType, OptionalType
from framework.lm.modules.fits import fits
from framework.lm.modules.steps import (
    Ask,
    Block,
    Choose,
    Condition,
    Fixed,
    ForEach,
    Repeat,
    Source,
    Sources,
    Step,
    Together,
    UseTool,
    blocks_of,
)
from framework.lm.signatures.definition import SignatureDefinition
from framework.suggest import did_you_mean

Types: TypeAlias = Mapping[str, FieldType | None]
# They tell what is wrong, one after the other, and give what a step leaves in scope.
_Flow: TypeAlias = "Generator[Issue, None, Scope]"
_Gives: TypeAlias = Generator[Issue, None, Types | None]
_Gave: TypeAlias = Generator[Issue, None, Types]
# Names that a DSPy module has already, or that its state, a prediction or an error says something else by.
TAKEN = frozenset(
    {
        *("acall", "aforward", "batch", "callbacks", "deepcopy", "demos", "dump_state", "forward", "get_lm", "history"),
        *("inspect_history", "load", "load_state", "map_named_predictors", "metadata", "named_parameters", "self"),
        *("named_predictors", "named_sub_modules", "parameters", "predictors", "reset_copy", "save", "set_lm", "steps"),
        *("signature", "traces", "train", "lm"),
    }
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a step may name: values by name, and what earlier steps gave; None is a step that gives whatever it gives.

    `later` are the steps that come afterwards, which a step cannot read.
    """

    values: Types
    steps: Mapping[str, Types | None] = field(default_factory=dict)
    later: Sequence[str] = ()

    def after(self, step: Step, gives: Types | None) -> Scope:
        return replace(self, steps={**self.steps, step.name: gives})

    def issue(self, source: Source, path: Path) -> Issue | None:
        """What is wrong with a source, or None."""
        if isinstance(source, Fixed):
            return None
        first, _, rest = source.partition(".")
        if first in self.values:
            return _part_issue(self.values[first], rest, source, path)
        if first in self.steps and self.steps[first] is None:
            return None
        gives = self.steps.get(first)
        if gives is not None:
            return self._issue_of_step(first, rest, gives, path)
        if first in self.later:
            says = f"`{source}` comes later: a step reads what steps before it gave, and a circle of them has no first"
            return Issue("reads_later_step", says, path, {"step": first}, "put the step that gives it before this one")
        known = (*self.values, *self.steps)
        hint = did_you_mean(first, known) or f"there are {', '.join(known)}"
        return Issue("unknown_source", f"there is no value `{first}` here", path, {"known": list(known)}, hint)

    def _issue_of_step(self, name: str, rest: str, gives: Types, path: Path) -> Issue | None:
        output, _, below = rest.partition(".")
        if output in gives:
            return _part_issue(gives[output], below, f"{name}.{rest}", path)
        hint = did_you_mean(output, gives) or f"it gives {', '.join(gives)}"
        says = f"the step `{name}` gives no `{output}`" if output else f"say which output of the step `{name}`"
        return Issue("unknown_source", says, path, {"known": list(gives)}, hint)

    def type(self, source: Source) -> FieldType | None:
        """The type of a source, if it is known."""
        if isinstance(source, Fixed):
            return None
        first, *rest = source.split(".")
        if first in self.values:
            return _part(self.values[first], rest)
        gives = self.steps.get(first)
        return _part(gives.get(rest[0]), rest[1:]) if gives and rest else None


def flow_issues(block: Block, signature: SignatureDefinition) -> Iterator[Issue]:
    """What of a pipeline cannot work, each with its path below `steps` or `outputs`."""
    names = Counter(_names(block.steps))
    for name in sorted(each for each, number in names.items() if number > 1):
        says = f"two steps are called `{name}`"
        yield Issue("same_name", says, ("steps",), {"name": name}, "each step has a name of its own")
    for name in sorted({*names} & (TAKEN | {*signature.input_names})):
        yield Issue(
            "reserved_name", f"a step cannot be called `{name}`", ("steps",), {"name": name}, "call it otherwise"
        )
    scope = Scope({each.name: each.type for each in signature.inputs})
    scope = yield from _through(block.steps, scope, ("steps",))
    yield from _wired(_ending(block, signature.outputs), signature.outputs, scope, ("outputs",))
    for name in block.outputs.keys() - {*signature.output_names}:
        known = signature.output_names
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        yield Issue("unknown_output", f"`{name}` is no output of the program", ("outputs", name), {}, hint)


def output_sources(block: Block, outputs: Sequence[str]) -> Sources:
    """Where each output comes from: as the block says, else from the last step by its name."""
    last = block.steps[-1].name if block.steps else ""
    return {name: block.outputs.get(name, f"{last}.{name}") for name in outputs}


def input_sources(step: Ask, values: Mapping[str, object]) -> Sources:
    """Where each input of a step comes from: as it says, else the value of the same name; a default needs none."""
    by_name = {field.name: field.name for field in step.signature.inputs if field.name in values}
    return {**by_name, **step.inputs}


def _ending(block: Block, outputs: Sequence[FieldDefinition]) -> Sources:
    return output_sources(block, [each.name for each in outputs])


def _names(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        yield step.name
        for block in blocks_of(step):
            yield from _names(block.steps)


def _through(steps: Sequence[Step], scope: Scope, path: Path) -> _Flow:
    """The scope after the steps."""
    for position, step in enumerate(steps):
        later = [*scope.later, *(each.name for each in steps[position:])]
        gives = yield from _step(step, replace(scope, later=later), (*path, position))
        scope = scope.after(step, gives)
    return scope


def _step(step: Step, scope: Scope, path: Path) -> _Gives:
    match step:
        case Ask():
            return (yield from _ask(step, scope, path))
        case UseTool():
            yield from _sources(step.inputs, scope, (*path, "inputs"))
            return None
        case ForEach():
            return (yield from _for_each(step, scope, path))
        case Repeat():
            return (yield from _repeat(step, scope, path))
        case Together() | Choose():
            return (yield from _divided(step, scope, path))


def _ask(step: Ask, scope: Scope, path: Path) -> _Gives:
    signature, sources = step.signature, input_sources(step, scope.values)
    for issue in step.module.issues(signature, step.tools):
        yield issue.under(*path)
    yield from _wired(sources, signature.inputs, scope, (*path, "inputs"))
    for name in step.inputs.keys() - {*signature.input_names}:
        known = signature.input_names
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        yield Issue(
            "unknown_input", f"`{name}` is no input of the step `{step.name}`", (*path, "inputs", name), {}, hint
        )
    return {**{each.name: each.type for each in signature.outputs}, **_beside(step)}


def _beside(step: Ask) -> Types:
    """What a module gives beside its outputs."""
    declared = (*step.signature.input_names, *step.signature.output_names)
    return {"reasoning": None} if step.module.kind == "chain_of_thought" and "reasoning" not in declared else {}


def _wired(sources: Sources, fields: Sequence[FieldDefinition], scope: Scope, path: Path) -> Iterator[Issue]:
    for each in fields:
        if each.name not in sources:
            if each.required:
                says = f"nothing says where `{each.name}` comes from"
                yield Issue("unmapped", says, (*path, each.name), {}, "name its source, or give it a default")
            continue
        source = sources[each.name]
        if (issue := scope.issue(source, (*path, each.name))) is not None:
            yield issue
        elif not fits(scope.type(source), each.type):
            says = f"`{source}` is of another type than `{each.name}`"
            yield Issue("type_mismatch", says, (*path, each.name), {}, "let a step make one of the other")


def _sources(sources: Sources, scope: Scope, path: Path) -> Iterator[Issue]:
    for name, source in sources.items():
        if (issue := scope.issue(source, (*path, name))) is not None:
            yield issue


def _for_each(step: ForEach, scope: Scope, path: Path) -> _Gives:
    if (issue := scope.issue(step.of, (*path, "of"))) is not None:
        yield issue
    many = scope.type(step.of)
    if many is not None and not isinstance(many, ListType):
        yield Issue("type_mismatch", f"`{step.of}` is no list", (*path, "of"))
    yield from _shadowed(step.item, scope, (*path, "item"))
    inner = replace(scope, values={**scope.values, step.item: many.item if isinstance(many, ListType) else None})
    gives = yield from _block(step.block, inner, path)
    return {name: None if kind is None else ListType(kind) for name, kind in gives.items()}


def _repeat(step: Repeat, scope: Scope, path: Path) -> _Gives:
    for name, carried in step.carry.items():
        yield from _shadowed(name, scope, (*path, "carry", name))
        yield from _sources({"first": carried.first}, scope, (*path, "carry", name))
    types = {name: scope.type(carried.first) for name, carried in step.carry.items()}
    inner = replace(scope, values={**scope.values, **types})
    after = yield from _through(step.block.steps, inner, (*path, "steps"))
    for name, carried in step.carry.items():
        yield from _sources({"next": carried.next}, after, (*path, "carry", name))
    yield from _condition(step.until, after, (*path, "until"))
    return (yield from _given(step.block, after, path))


def _divided(step: Together | Choose, scope: Scope, path: Path) -> _Gives:
    all_of_them: list[Types] = []
    for position, block in enumerate(step.blocks):
        place = (*path, "blocks", position)
        yield from _condition(block.when, scope, (*place, "when"))
        all_of_them.append((yield from _block(block, scope, place)))
    names = [name for gives in all_of_them for name in gives]
    if isinstance(step, Together):
        for name in sorted(each for each, number in Counter(names).items() if number > 1):
            yield Issue("same_name", f"two blocks give `{name}`", (*path, "blocks"), {"name": name})
        return {name: kind for gives in all_of_them for name, kind in gives.items()}
    for position, gives in enumerate(all_of_them):
        if gives.keys() != {*names}:
            says = f"it does not give {', '.join(sorted({*names} - gives.keys()))}, as another block does"
            yield Issue("other_outputs", says, (*path, "blocks", position, "outputs"))
    return {name: _same(all_of_them, name) for name in names}


def _same(all_of_them: Sequence[Types], name: str) -> FieldType | None:
    """The type that all blocks give; None where they differ."""
    first, *others = (gives.get(name) for gives in all_of_them)
    return first if all(each == first for each in others) else None


def _block(block: Block, scope: Scope, path: Path) -> _Gave:
    after = yield from _through(block.steps, scope, (*path, "steps"))
    return (yield from _given(block, after, path))


def _given(block: Block, after: Scope, path: Path) -> _Gave:
    if not block.outputs:
        yield Issue("no_outputs", "nothing says what these steps give", (*path, "outputs"), {}, "name the outputs")
    yield from _sources(block.outputs, after, (*path, "outputs"))
    return {name: after.type(source) for name, source in block.outputs.items()}


def _condition(condition: Condition | None, scope: Scope, path: Path) -> Iterator[Issue]:
    if condition is not None and (issue := scope.issue(condition.source, (*path, "source"))) is not None:
        yield issue


def _shadowed(name: str, scope: Scope, path: Path) -> Iterator[Issue]:
    if name in scope.values or name in scope.steps:
        yield Issue("same_name", f"`{name}` is something else here already", path, {"name": name}, "call it otherwise")


def _part_issue(field_type: FieldType | None, names: str, source: str, path: Path) -> Issue | None:
    """What is wrong with naming a part of a value, where its type is known."""
    for name in names.split(".") if names else ():
        known = field_type.item if isinstance(field_type, OptionalType) else field_type
        if known is None or isinstance(known, DictType):
            return None
        parts = {each.name: each.type for each in known.fields} if isinstance(known, ObjectType) else {}
        if name not in parts:
            hint = f"its parts are {', '.join(parts)}" if parts else "it has no parts"
            return Issue("unknown_source", f"there is no `{source}`", path, {"known": list(parts)}, hint)
        field_type = parts[name]
    return None


def _part(field_type: FieldType | None, names: Sequence[str]) -> FieldType | None:
    """The type of a part of a value, if it is known."""
    for name in names:
        if isinstance(field_type, OptionalType):
            field_type = field_type.item
        if not isinstance(field_type, ObjectType):
            return None
        field_type = next((each.type for each in field_type.fields if each.name == name), None)
    return field_type
