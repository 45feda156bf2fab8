"""What a program has learned, as JSON: for each of its predictors the instructions and the demonstrations.

Nothing else is kept. DSPy's own state holds no types, matches fields by position, carries language models (and
their secrets), and sets whatever attribute it names; ours is checked and then put into a freshly built program.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter
from pydantic_core import to_jsonable_python

from framework.errors import Invalid
from framework.lm.dspy_setup import dspy
from framework.lm.programs.build import build
from framework.lm.programs.predictors import predictors_of
from framework.lm.programs.program import ProgramDefinition, State
from framework.lm.programs.signature import plain_value, typed_demo
from framework.lm.programs.tools import AllowedTools
from framework.lm.values.by_identity import ByIdentity
from framework.lm.values.kept_json import cleaned
from framework.lm.values.typed_json import parse


class _Predictor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    instructions: str
    demos: list[dict[str, JsonValue]]


_STATE = TypeAdapter(dict[str, _Predictor])


def dump(program: Any) -> dict[str, Any]:
    """What a program has learned."""
    return {
        name: {
            "instructions": cleaned(predictor.signature.instructions),
            "demos": [
                {field: cleaned(to_jsonable_python(plain_value(value), fallback=str)) for field, value in demo.items()}
                for demo in predictor.demos
            ],
        }
        for name, predictor in predictors_of(program).items()
    }


def load(definition: ProgramDefinition, state: State, tools: AllowedTools) -> Any:
    """A new program that knows what `state` says; an empty state is a program that has learned nothing."""
    program = build(definition, tools)
    learned = parse(_STATE, state, what="the state")
    predictors = predictors_of(program)
    if learned and learned.keys() != predictors.keys():
        raise Invalid(
            f"the state is of a program with the parts {sorted(learned)}, not {sorted(predictors)}",
            code="state_of_another_program",
            params={"parts": sorted(learned), "expected": sorted(predictors)},
        )
    for name, part in learned.items():
        predictor = predictors[name]
        predictor.signature = predictor.signature.with_instructions(part.instructions)
        predictor.demos = [dspy.Example(**typed_demo(predictor.signature, demo)) for demo in part.demos]
    return program


def digest(definition: ProgramDefinition, state: State) -> str:
    """What a program with a state is known by."""
    words = f"{definition.canonical()}\n{json.dumps(state, sort_keys=True)}"
    return hashlib.sha256(words.encode()).hexdigest()


class ProgramCache:
    """The programs of this process by digest, the least recently used given up first. None is ever changed.

    Nor is a definition or a state, once it was asked with: its digest is taken only once, not for each call.
    """

    def __init__(self, tools: AllowedTools, *, size: int = 256) -> None:
        self._tools = tools
        self._size = size
        self._lock = threading.Lock()
        self._programs: OrderedDict[str, Any] = OrderedDict()
        self._digests = ByIdentity[str](size=size)

    def kept(self, definition: ProgramDefinition, state: State) -> Any:
        """The program for a definition and a state, if it is there."""
        key = self.key(definition, state)
        with self._lock:
            if key in self._programs:
                self._programs.move_to_end(key)
            return self._programs.get(key)

    def get(self, definition: ProgramDefinition, state: State) -> Any:
        """The program for a definition and a state, built at its first use: that may take its time."""
        if (program := self.kept(definition, state)) is not None:
            return program
        key = self.key(definition, state)
        program = load(definition, state, self._tools)
        with self._lock:
            self._programs[key] = program
            while len(self._programs) > self._size:
                self._programs.popitem(last=False)
        return program

    def key(self, definition: ProgramDefinition, state: State) -> str:
        """What a program and what it has learned are known by."""
        return self._digests.get(definition, state, make=lambda: digest(definition, state))

    def __len__(self) -> int:
        return len(self._programs)
