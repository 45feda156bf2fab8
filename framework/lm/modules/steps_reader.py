"""The steps of a pipeline, read from JSON: each key known, each value of its kind, each mistake noted with its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from framework.errors import Invalid, Issue, Path
from framework.lm.modules.module import ModuleSpec
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
from framework.lm.signatures.definition import SignatureDefinition
from framework.lm.signatures.grammar import parse_signature
from framework.lm.signatures.interchange import from_json
from framework.suggest import did_you_mean

T = TypeVar("T")
ReadModule = Callable[[Any], ModuleSpec]
DEEPEST, MOST_STEPS, MOST_TIMES = 8, 50, 100
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
_KEYS = {
    "ask": ("signature", "instructions", "module", "tools", "inputs"),
    "tool": ("tool", "inputs"),
    "for_each": ("of", "item", "most", "steps", "outputs"),
    "together": ("blocks",),
    "choose": ("blocks",),
    "repeat": ("most", "carry", "until", "steps", "outputs"),
}


class StepsReader:
    """Reads steps from JSON, keeping the mistakes; what cannot be read is left out."""

    def __init__(self, read_module: ReadModule) -> None:
        self._read_module = read_module
        self.issues: list[Issue] = []

    def steps(self, data: Any, path: Path, *, depth: int = 1) -> tuple[Step, ...]:
        """A list of steps."""
        if depth > DEEPEST:
            self._note(f"steps nest at most {DEEPEST} deep", path, code="too_deep")
            return ()
        if not isinstance(data, list | tuple) or not data:
            self._note("a list of steps is expected", path)
            return ()
        if len(data) > MOST_STEPS:
            self._note(f"there are at most {MOST_STEPS} steps in one place", path, code="too_many")
            return ()
        found = [self._step(each, (*path, position), depth) for position, each in enumerate(data)]
        return tuple(step for step in found if step is not None)

    def sources(self, data: Any, path: Path) -> Sources:
        """Sources by name."""
        if not isinstance(data, Mapping):
            self._note("an object with a source for each name is expected", path)
            return {}
        found = {str(name): self._source(each, (*path, str(name)[:64])) for name, each in data.items()}
        return {name: source for name, source in found.items() if source is not None}

    def _note(self, message: str, path: Path, *, code: str = "wrong_type", hint: str | None = None) -> None:
        self.issues.append(Issue(code, message, path, {}, hint))

    def _step(self, data: Any, path: Path, depth: int) -> Step | None:
        if not isinstance(data, Mapping):
            self._note("a step is an object with its `name`", path)
            return None
        kind = data.get("kind", "ask")
        if not isinstance(kind, str) or kind not in _KEYS:
            hint = did_you_mean(str(kind), _KEYS) or f"there are {', '.join(_KEYS)}"
            self._note(f"there is no step of the kind `{str(kind)[:64]}`", (*path, "kind"), code="unknown", hint=hint)
            return None
        self._keys(data, ("name", "kind", *_KEYS[kind]), path)
        name = data.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self._note("the `name` of a step is lower case letters, digits and _", (*path, "name"))
            return None
        readers = {"ask": self._ask, "tool": self._tool, "for_each": self._for_each, "repeat": self._repeat}
        if kind in readers:
            return readers[kind](name, data, path, depth)
        return self._divided(name, data, path, depth)

    def _keys(self, data: Mapping[str, Any], known: Sequence[str], path: Path) -> None:
        for key in data:
            if key not in known:
                hint = did_you_mean(str(key), known) or f"there are {', '.join(known)}"
                self._note(
                    f"`{str(key)[:64]}` means nothing here", (*path, str(key)[:64]), code="unknown_key", hint=hint
                )

    def _ask(self, name: str, data: Mapping[str, Any], path: Path, _: int) -> Step | None:
        signature = self._signature(data, path)
        module = self._within(lambda: self._read_module(data.get("module", "predict")), (*path, "module"))
        tools = data.get("tools", ())
        if not isinstance(tools, list | tuple) or not all(isinstance(each, str) for each in tools):
            self._note("`tools` is a list of names", (*path, "tools"))
            tools = ()
        inputs = self.sources(data.get("inputs", {}), (*path, "inputs"))
        if signature is None or module is None:
            return None
        return Ask(name, signature, module, tuple(tools), inputs)

    def _signature(self, data: Mapping[str, Any], path: Path) -> SignatureDefinition | None:
        said, words = data.get("signature"), data.get("instructions")
        if words is not None and not isinstance(words, str):
            self._note("`instructions` is text", (*path, "instructions"))
            return None
        if isinstance(said, str):
            return self._within(lambda: parse_signature(said, instructions=str(words or "")), (*path, "signature"))
        if words is not None:
            self._note("a signature in JSON says its instructions itself", (*path, "instructions"), code="said_twice")
        return self._within(lambda: from_json(said), (*path, "signature"))

    def _within(self, read: Callable[[], T], path: Path) -> T | None:
        try:
            return read()
        except Invalid as failure:
            self.issues.extend(issue.under(*path) for issue in failure.issues)
            return None

    def _tool(self, name: str, data: Mapping[str, Any], path: Path, _: int) -> Step | None:
        if not isinstance(data.get("tool"), str):
            self._note("`tool` is the name of a function, as `module:function`", (*path, "tool"))
            return None
        return UseTool(name, data["tool"], self.sources(data.get("inputs", {}), (*path, "inputs")))

    def _for_each(self, name: str, data: Mapping[str, Any], path: Path, depth: int) -> Step | None:
        of, item = self._source(data.get("of"), (*path, "of")), data.get("item", "item")
        if not isinstance(item, str) or not NAME.fullmatch(item):
            self._note("`item` is the name that the steps have for it", (*path, "item"))
            return None
        if isinstance(of, Fixed):
            self._note("`of` names a list of the pipeline, or of an earlier step", (*path, "of"))
        block, most = self._block(data, path, depth), self._most(data.get("most", 32), path)
        return ForEach(name, of, item, block, most) if isinstance(of, str) else None

    def _divided(self, name: str, data: Mapping[str, Any], path: Path, depth: int) -> Step | None:
        kind = data["kind"]
        blocks = data.get("blocks")
        if not isinstance(blocks, list | tuple) or len(blocks) < 2:
            self._note("`blocks` is a list of two or more, each with its `steps` and `outputs`", (*path, "blocks"))
            return None
        if len(blocks) > MOST_STEPS:
            self._note(f"there are at most {MOST_STEPS} blocks in one place", (*path, "blocks"), code="too_many")
            return None
        found = []
        for position, each in enumerate(blocks):
            place = (*path, "blocks", position)
            if not isinstance(each, Mapping):
                self._note("a block is an object with its `steps` and `outputs`", place)
                return None
            self._keys(each, ("steps", "outputs", *(["when"] if kind == "choose" else [])), place)
            found.append(self._block(each, place, depth))
        if kind == "together":
            return Together(name, tuple(found))
        for position, block in enumerate(found):
            if (block.when is None) != (position == len(found) - 1):
                says = "every block but the last says `when`, and the last one, which is taken otherwise, does not"
                self._note(says, (*path, "blocks", position, "when"), code="no_choice")
        return Choose(name, tuple(found))

    def _repeat(self, name: str, data: Mapping[str, Any], path: Path, depth: int) -> Step | None:
        carry = data.get("carry", {})
        if not isinstance(carry, Mapping):
            self._note("`carry` is an object", (*path, "carry"))
            carry = {}
        for each in carry:
            if not isinstance(each, str) or not NAME.fullmatch(each):
                self._note("what is carried has a name of lower case letters, digits and _", (*path, "carry"))
        carried = {str(each): self._carried(value, (*path, "carry", str(each)[:64])) for each, value in carry.items()}
        return Repeat(
            name,
            self._block(data, path, depth),
            self._most(data.get("most"), path),
            {each: value for each, value in carried.items() if value is not None},
            self._condition(data.get("until"), (*path, "until")),
        )

    def _carried(self, data: Any, path: Path) -> Carried | None:
        if not isinstance(data, Mapping) or {*data} != {"first", "next"}:
            self._note("what is carried has a `first` and a `next`", path)
            return None
        first, following = self._source(data["first"], (*path, "first")), self._source(data["next"], (*path, "next"))
        return None if first is None or following is None else Carried(first, following)

    def _block(self, data: Mapping[str, Any], path: Path, depth: int) -> Block:
        steps = self.steps(data.get("steps"), (*path, "steps"), depth=depth + 1)
        outputs = self.sources(data.get("outputs", {}), (*path, "outputs"))
        return Block(steps, outputs, self._condition(data.get("when"), (*path, "when")))

    def _most(self, data: Any, path: Path) -> int:
        if isinstance(data, int) and not isinstance(data, bool) and 1 <= data <= MOST_TIMES:
            return data
        self._note(f"`most` is a number from 1 to {MOST_TIMES}", (*path, "most"))
        return 1

    def _condition(self, data: Any, path: Path) -> Condition | None:
        if data is None:
            return None
        if not isinstance(data, Mapping) or not isinstance(data.get("source"), str):
            self._note("a condition is an object with its `source`, and `one_of`, `at_least` or `at_most`", path)
            return None
        self._keys(data, ("source", "one_of", "at_least", "at_most"), path)
        one_of, limits = data.get("one_of"), [data.get("at_least"), data.get("at_most")]
        if one_of is not None and limits != [None, None]:
            self._note("a condition says `one_of`, or limits", path, code="said_twice")
        if one_of is not None and not isinstance(one_of, list | tuple):
            self._note("`one_of` is a list of values", (*path, "one_of"))
            one_of = None
        if any(isinstance(each, bool) or not isinstance(each, int | float | None) for each in limits):
            self._note("`at_least` and `at_most` are numbers", path)
            limits = [None, None]
        source = self._source(data["source"], (*path, "source"))
        return Condition(str(source), None if one_of is None else tuple(one_of), limits[0], limits[1])

    def _source(self, data: Any, path: Path) -> Source | None:
        if isinstance(data, Mapping) and {*data} == {"value"}:
            return Fixed(data["value"])
        if isinstance(data, str) and SOURCE.fullmatch(data):
            return data
        hint = 'name an input (`question`), an output of an earlier step (`generate.answer`), or say {"value": …}'
        self._note("this is no source of a value", path, code="no_source", hint=hint)
        return None
