"""The steps of a pipeline, as data.

A step is given values by `inputs`, each from a source: the name of an input of the pipeline (`question`), or what an
earlier step gave (`generate.answer`; `search` alone is all that a tool gave), or a value of its own (`Fixed(3)`). What
is not named in `inputs` comes from the value of the same name, if there is one.

Ask       a predictor: a signature of its own, answered by a module
UseTool   a Python function from the allow-list; its step gives what it returns
ForEach   the same steps for each item of a list; gives lists
Together  blocks that need nothing of one another, at the same time
Choose    the first block whose condition holds
Repeat    the same steps again, until a condition holds or for `most` times
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from framework.lm.modules.answering import PREDICT
from framework.lm.modules.module import ModuleSpec
from framework.lm.signatures.definition import SignatureDefinition


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that is always the same."""

    value: Any


# Under which an error says in which step it came up.
STEP = "dspex_step"

Source: TypeAlias = "str | Fixed"
Sources: TypeAlias = Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a value is one of `one_of`, or lies between two numbers; with none of them, whether it says anything.

    Nothing, false, 0 and what is empty say nothing.
    """

    source: str
    one_of: tuple[Any, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Steps one after the other, and what they give together."""

    steps: tuple[Step, ...]
    outputs: Sources
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A model is asked, by a module with a signature of its own; gives the outputs of that."""

    name: str
    signature: SignatureDefinition
    module: ModuleSpec = PREDICT
    tools: tuple[str, ...] = ()
    inputs: Sources = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UseTool:
    """A function is called with `inputs` by name; what it returns is all that the step gives."""

    name: str
    tool: str
    inputs: Sources = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForEach:
    """The block for each item of the list `of`, up to `most` of them; `item` is what its steps call it.

    Each output is a list with what the block gave for each item.
    """

    name: str
    of: str
    item: str
    block: Block
    most: int = 32


@dataclass(frozen=True, slots=True)
class Together:
    """All blocks; gives the outputs of all, whose names differ."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """One of the blocks, which all give the same: the first whose condition holds, or the last, which has none."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The block again and again, `most` times at most, until its `until` holds after a round.

    `carry` is what a round is told of the one before: each name begins with `first`, and is `next` of the round that
    has ended from then on. Gives the outputs of the last round.
    """

    name: str
    block: Block
    most: int
    carry: Mapping[str, Carried] = field(default_factory=dict)
    until: Condition | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """A value that one round of a repetition hands to the next."""

    first: Source
    next: Source


Step: TypeAlias = "Ask | UseTool | ForEach | Together | Choose | Repeat"


def blocks_of(step: Step) -> tuple[Block, ...]:
    """The blocks of steps inside a step."""
    match step:
        case ForEach() | Repeat():
            return (step.block,)
        case Together() | Choose():
            return step.blocks
        case _:
            return ()


def steps_with_parts(steps: Sequence[Step]) -> Iterator[Ask | UseTool]:
    """The steps that have a module or a tool, at any depth."""
    for step in steps:
        if isinstance(step, Ask | UseTool):
            yield step
        for block in blocks_of(step):
            yield from steps_with_parts(block.steps)


def asked(steps: Sequence[Step]) -> Iterator[Ask]:
    """The steps in which a model is asked, at any depth."""
    return (step for step in steps_with_parts(steps) if isinstance(step, Ask))
