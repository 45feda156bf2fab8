"""The steps of a pipeline as JSON: each an object with its `kind`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from framework.lm.modules.steps import (
    Ask,
    Block,
    Carried,
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
)
from framework.lm.signatures.interchange import to_json

KINDS = {Ask: "ask", UseTool: "tool", ForEach: "for_each", Together: "together", Choose: "choose", Repeat: "repeat"}


def steps_to_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """All that the steps say, defaults included."""
    return [{"name": step.name, "kind": KINDS[type(step)], **_words(step)} for step in steps]


def sources_to_json(sources: Sources) -> dict[str, Any]:
    """Sources by name."""
    return {name: _source(source) for name, source in sources.items()}


def _words(step: Step) -> dict[str, Any]:
    match step:
        case Ask():
            module = {"kind": step.module.kind, **step.module.settings()}
            words = {"signature": to_json(step.signature), "module": module, "tools": list(step.tools)}
            return {**words, "inputs": sources_to_json(step.inputs)}
        case UseTool():
            return {"tool": step.tool, "inputs": sources_to_json(step.inputs)}
        case ForEach():
            return {"of": step.of, "item": step.item, "most": step.most, **_block(step.block)}
        case Together() | Choose():
            return {"blocks": [_block(block) for block in step.blocks]}
        case Repeat():
            carry = {name: _carried(carried) for name, carried in step.carry.items()}
            return {"most": step.most, "carry": carry, "until": _condition(step.until), **_block(step.block)}


def _block(block: Block) -> dict[str, Any]:
    words = {"steps": steps_to_json(block.steps), "outputs": sources_to_json(block.outputs)}
    return words if block.when is None else {"when": _condition(block.when), **words}


def _carried(carried: Carried) -> dict[str, Any]:
    return {"first": _source(carried.first), "next": _source(carried.next)}


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    one_of = None if condition.one_of is None else list(condition.one_of)
    limits = {"one_of": one_of, "at_least": condition.at_least, "at_most": condition.at_most}
    return {"source": condition.source, **{name: limit for name, limit in limits.items() if limit is not None}}


def _source(source: Source) -> Any:
    return {"value": source.value} if isinstance(source, Fixed) else source
