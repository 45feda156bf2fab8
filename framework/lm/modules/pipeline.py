"""A pipeline: a program of many predictors, declared as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from framework.errors import Invalid, Issue
from framework.lm.modules.flow import flow_issues
from framework.lm.modules.steps import Ask, Block, ForEach, Repeat, Sources, Step, UseTool, blocks_of, steps_with_parts
from framework.lm.modules.steps_json import sources_to_json, steps_to_json
from framework.lm.modules.steps_reader import ReadModule, StepsReader
from framework.lm.signatures.definition import SignatureDefinition

MOST_CALLS = 1000


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps one after the other; `outputs` says where each output of the program comes from.

    One that it does not name is what the last step calls so.
    """

    kind: ClassVar[str] = "pipeline"
    steps: tuple[Step, ...]
    outputs: Sources = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Of all steps, each as often as it may be taken; a tool counts as one, as it takes its time too."""
        return _calls(self.steps)

    @property
    def references(self) -> Sequence[str]:
        """The functions that steps call, and the tools of their modules."""
        return tuple(name for step in steps_with_parts(self.steps) for name in _references(step))

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """Every source is there, every input has one, and what it gives is of a type that fits."""
        if tools:
            hint = "say `tools` of the steps that use them"
            yield Issue("tools_without_react", "a pipeline uses no tools itself", ("tools",), {}, hint)
        if self.calls > MOST_CALLS:
            says = f"its steps may ask {self.calls:,} times, and a program {MOST_CALLS:,} times at most"
            yield Issue("too_many", says, ("module", "steps"), {"most": MOST_CALLS}, "lower `most` of its loops")
        for issue in flow_issues(Block(self.steps, self.outputs), signature):
            yield issue.under("module")

    def settings(self) -> dict[str, Any]:
        """Steps and outputs."""
        return {"steps": steps_to_json(self.steps), "outputs": sources_to_json(self.outputs)}

    @classmethod
    def read(cls, settings: Mapping[str, Any], read_module: ReadModule) -> Self:
        """The pipeline that JSON says; raises Invalid with every mistake and its path (`steps`, 0, `inputs`, …)."""
        reader = StepsReader(read_module)
        for name in settings.keys() - {"steps", "outputs"}:
            says = f"`{str(name)[:64]}` is nothing that a pipeline can say"
            reader.issues.append(Issue("unknown_key", says, (str(name)[:64],), {}, "there are steps, outputs"))
        found = cls(
            reader.steps(settings.get("steps"), ("steps",)), reader.sources(settings.get("outputs", {}), ("outputs",))
        )
        if reader.issues:
            raise Invalid.of(reader.issues)
        return found


def _calls(steps: Sequence[Step]) -> int:
    return sum(_calls_of(step) for step in steps)


def _calls_of(step: Step) -> int:
    match step:
        case Ask():
            return step.module.calls
        case UseTool():
            return 1
        case ForEach() | Repeat():
            return step.most * _calls(step.block.steps)
        case _:
            return sum(_calls(block.steps) for block in blocks_of(step))


def _references(step: Ask | UseTool) -> tuple[str, ...]:
    return (step.tool,) if isinstance(step, UseTool) else (*step.tools, *step.module.references)
