"""A program drawn: Mermaid's flowchart of its steps and of what flows between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from framework.lm.modules.flow import input_sources, output_sources
from framework.lm.modules.module import ModuleSpec
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.steps import Ask, Block, Choose, Condition, Fixed, ForEach, Repeat, Sources, Step, UseTool
from framework.lm.signatures.definition import SignatureDefinition

_GIVEN, _ANSWER = "given", "answer"


def diagram(signature: SignatureDefinition, module: ModuleSpec) -> str:
    """The text of the flowchart; of a program with one module, what goes in and what comes out."""
    lines = [f"{_GIVEN}[/{_said(signature.input_names)}/]", f"{_ANSWER}[/{_said(signature.output_names)}/]"]
    if isinstance(module, Pipeline):
        values = dict.fromkeys(signature.input_names, _GIVEN)
        lines += _steps(module.steps, values)
        lines += _edges(_ANSWER, output_sources(Block(module.steps, module.outputs), signature.output_names), values)
    else:
        lines += [f'it["{module.kind}"]', f"{_GIVEN} --> it", f"it --> {_ANSWER}"]
    return "\n".join(["flowchart TD", *(f"    {line}" for line in lines)]) + "\n"


def _steps(steps: Sequence[Step], values: Mapping[str, str]) -> Iterator[str]:
    for step in steps:
        yield from _step(step, values)


def _step(step: Step, values: Mapping[str, str]) -> Iterator[str]:
    node = _node(step.name)
    match step:
        case Ask():
            yield f'{node}["{step.name}: {step.module.kind}"]'
            yield from _edges(node, input_sources(step, values), values)
        case UseTool():
            yield f'{node}[["{step.name}: {step.tool.partition(":")[2]}"]]'
            yield from _edges(node, step.inputs, values)
        case ForEach():
            about = f"{step.name}: for each {step.item} of {step.of}"
            yield from _block(node, about, step.block, {**values, step.item: node})
            yield from _edges(node, {step.item: step.of}, values)
        case Repeat():
            until = "" if step.until is None else f", until {_condition(step.until)}"
            inner = {**values, **dict.fromkeys(step.carry, node)}
            yield from _block(node, f"{step.name}: at most {step.most} times{until}", step.block, inner)
            yield from _edges(node, {name: carried.first for name, carried in step.carry.items()}, values)
        case _:
            yield f'subgraph {node}["{step.name}"]'
            for position, block in enumerate(step.blocks):
                usual = "otherwise" if isinstance(step, Choose) else "at the same time"
                said = usual if block.when is None else f"if {_condition(block.when)}"
                yield from (f"    {line}" for line in _block(f"{node}_{position}", said, block, values))
            yield "end"


def _node(step: str) -> str:
    """What a step is called in the drawing: `end` alone, for instance, is a word of Mermaid."""
    return f"step_{step}"


def _block(name: str, about: str, block: Block, values: Mapping[str, str]) -> Iterator[str]:
    yield f'subgraph {name}["{_quoted(about)}"]'
    yield from (f"    {line}" for line in _steps(block.steps, values))
    yield "end"


def _edges(to: str, sources: Sources, values: Mapping[str, str]) -> Iterator[str]:
    """One arrow from each step, with the names of all that comes from it."""
    carried: dict[str, list[str]] = {}
    for name, source in sources.items():
        if not isinstance(source, Fixed):
            first = source.partition(".")[0]
            carried.setdefault(values.get(first) or _node(first), []).append(name)
    for start, names in carried.items():
        said = _quoted(", ".join(names))
        yield f'{start} -->|"{said}"| {to}'


def _condition(condition: Condition) -> str:
    if condition.one_of is not None:
        return f"{condition.source} is {' or '.join(map(str, condition.one_of))}"
    limits = [("at least", condition.at_least), ("at most", condition.at_most)]
    said = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
    return f"{condition.source} is {said}" if said else condition.source


def _said(names: Sequence[str]) -> str:
    return f'"{", ".join(names)}"'


def _quoted(text: str) -> str:
    """Mermaid has entities for what would end a label."""
    return " ".join(text.split()).replace("#", "#35;").replace('"', "#quot;")
