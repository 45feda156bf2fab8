"""A program's state in the form of DSPy's own files: what `program.save("x.json")` writes and `program.load` reads.

Pickle is never read. Of a file that was read nothing is taken over but instructions and demonstrations.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from framework.errors import Invalid, Issue, Path
from framework.lm.dspy_setup import dspy
from framework.lm.programs.predictors import predictors_of
from framework.lm.programs.program import ProgramDefinition, State
from framework.lm.programs.signature import typed_demo
from framework.lm.programs.state import dump, load
from framework.lm.programs.tools import AllowedTools
from framework.types.json_values import json_issues

MOST_DEMOS, MOST_ISSUES = 1000, 20
_Versions: Any = importlib.import_module("dspy.utils.saving").get_dependency_versions
_START: str = dspy.adapters.types.base_type.CUSTOM_TYPE_START_IDENTIFIER
_END: str = dspy.adapters.types.base_type.CUSTOM_TYPE_END_IDENTIFIER
_OF_A_PREDICTOR = frozenset({"demos", "signature"})


@dataclass(frozen=True, slots=True)
class ReadState:
    """What a file of DSPy's says, as a state; and in words what of it was not taken over."""

    state: State
    notes: tuple[str, ...] = ()


def to_dspy(definition: ProgramDefinition, state: State, tools: AllowedTools) -> dict[str, Any]:
    """The state as `program.save` writes it, byte for byte, for a program of this definition."""
    parts = {
        name: {**part.dump_state(), "lm": None} for name, part in predictors_of(load(definition, state, tools)).items()
    }
    # A program that is one bare predictor is written without its name.
    words = parts["self"] if parts.keys() == {"self"} else parts
    return {**words, "metadata": {"dependency_versions": _Versions()}}


def from_dspy(data: Any, definition: ProgramDefinition, tools: AllowedTools) -> ReadState:
    """The state in a file; raises Invalid for that of another program, with each part and field that differs."""
    if not isinstance(data, Mapping):
        raise Invalid("a state is a JSON object, as `program.save` writes it", code="wrong_type")
    if wrong := list(json_issues(data)):
        raise Invalid.of(wrong[:MOST_ISSUES])
    program = load(definition, {}, tools)
    predictors, fresh = predictors_of(program), dump(program)
    words = {name: value for name, value in data.items() if name != "metadata"}
    flat = words.keys() >= _OF_A_PREDICTOR
    parts: Mapping[str, Any] = {"self": words} if flat else words
    if issues := [*_strangers(parts, predictors)]:
        raise Invalid.of(issues[:MOST_ISSUES])
    read, notes = dict(fresh), [*_of_another_dspy(data.get("metadata"))]
    for name, predictor in predictors.items():
        if name not in parts:
            notes.append(
                f"`{name}` is not in the file, and stays as it is declared: DSPy writes no part that is frozen"
            )
            continue
        place = () if flat else (name,)
        issues += _issues(parts[name], predictor.signature, place)
        if not issues:
            read[name] = _part(parts[name], predictor.signature)
            notes += _left(parts[name], name)
    if issues:
        raise Invalid.of(issues[:MOST_ISSUES])
    return ReadState(read, tuple(notes))


def _strangers(parts: Mapping[str, Any], predictors: Mapping[str, Any]) -> Iterator[Issue]:
    known = sorted(predictors)
    for name in parts.keys() - predictors.keys():
        says = f"the program has no part `{str(name)[:200]}`"
        yield Issue("unknown_part", says, (str(name)[:200],), {"parts": known}, f"its parts are {', '.join(known)}")
    if not parts.keys() & predictors.keys() and not parts.keys() - predictors.keys():
        yield Issue("empty_state", "there is nothing in the file that a program has learned", (), {"parts": known})


def _issues(part: Any, signature: Any, path: Path) -> Iterator[Issue]:
    if not isinstance(part, Mapping) or not part.keys() >= _OF_A_PREDICTOR or not isinstance(part["demos"], list):
        yield Issue("wrong_type", "a part is an object with its `signature` and its `demos`", path)
        return
    if part.get("fields"):
        says = "`fields` of DSPy's experimental decision types cannot be taken over"
        yield Issue("unsupported", says, (*path, "fields"))
    yield from _fields_that_differ(part["signature"], signature, (*path, "signature"))
    if len(part["demos"]) > MOST_DEMOS:
        says = f"a part has {MOST_DEMOS:,} demonstrations at most, and there are {len(part['demos']):,}"
        yield Issue("too_many", says, (*path, "demos"), {"most": MOST_DEMOS})
        return
    for position, demo in enumerate(part["demos"]):
        if not isinstance(demo, Mapping):
            yield Issue(
                "wrong_type", "a demonstration is an object with a value for each field", (*path, "demos", position)
            )
        elif not demo.keys() & {*signature.fields}:
            says = f"the demonstration has none of the fields {', '.join(signature.fields)}"
            yield Issue("unknown_field", says, (*path, "demos", position), {"found": sorted(demo)[:20]})
        elif (fault := _fault(demo, signature)) is not None:
            says = f"the demonstration cannot be made: {fault}"
            yield Issue("wrong_type", says, (*path, "demos", position))


def _fault(demo: Mapping[str, Any], signature: Any) -> str | None:
    """What is wrong with a value that is to be one of DSPy's own types, an image for instance."""
    try:
        typed_demo(signature, {name: _plain(value) for name, value in demo.items()})
    except Exception as error:  # noqa: BLE001 - whatever DSPy makes of it
        return type(error).__name__
    return None


def _fields_that_differ(said: Any, signature: Any, path: Path) -> Iterator[Issue]:
    """DSPy compares nothing and matches fields by position; their descriptions, which it keeps, tell them apart."""
    fields = said.get("fields") if isinstance(said, Mapping) else None
    if not isinstance(said, Mapping) or not isinstance(fields, list) or not isinstance(said.get("instructions"), str):
        yield Issue("wrong_type", "a signature is an object with its `instructions` and its `fields`", path)
        return
    ours = dict(zip(signature.fields, (each["description"] for each in _kept(signature)), strict=True))
    theirs: list[Any] = [each.get("description") if isinstance(each, Mapping) else None for each in fields]
    if theirs == [*ours.values()]:
        return
    for position, each in enumerate(theirs):
        if each not in ours.values():
            says = f"the field {_shown(each)} is none of the program's"
            yield Issue("other_field", says, (*path, "fields", position), {"fields": [*ours]})
    for name, description in ours.items():
        if description not in theirs:
            says = f"the field `{name}` of the program is not there"
            yield Issue("other_field", says, (*path, "fields"), {"field": name})
    if {*map(str, theirs)} == {*ours.values()}:
        says = f"the fields are not those of the program, one each and in their order: {', '.join(ours)}"
        yield Issue("other_field", says, (*path, "fields"), {"fields": [*ours]})


def _shown(description: Any) -> str:
    """A field as its description tells it: DSPy's own, `${name}`, is the name."""
    text = str(description)[:100]
    return f"`{text[2:-1]}`" if text.startswith("${") and text.endswith("}") else f"described as {text!r}"


def _kept(signature: Any) -> list[Mapping[str, str]]:
    fields: list[Mapping[str, str]] = signature.dump_state()["fields"]
    return fields


def _part(part: Mapping[str, Any], signature: Any) -> dict[str, Any]:
    demos = [{name: _plain(value) for name, value in demo.items()} for demo in part["demos"]]
    return {"instructions": part["signature"]["instructions"], "demos": demos}


def _plain(value: Any) -> Any:
    """A value of a demonstration; DSPy writes an image as what is sent of it, between two markers."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, str) or not value.startswith(_START) or not value.endswith(_END):
        return value
    try:
        (block,) = orjson.loads(value.removeprefix(_START).removesuffix(_END))
        return block["image_url"]["url"]
    except (ValueError, LookupError, TypeError):
        return value


def _left(part: Mapping[str, Any], name: str) -> Iterator[str]:
    if part.get("lm"):
        yield f"the model that `{name}` was saved with: the model of the program answers"
    for what in ("traces", "train"):
        if part.get(what):
            yield f"`{what}` of `{name}`, which nothing reads"


def _of_another_dspy(metadata: Any) -> Iterator[str]:
    versions = metadata.get("dependency_versions") if isinstance(metadata, Mapping) else None
    theirs = str(versions.get("dspy", "")) if isinstance(versions, Mapping) else ""
    if theirs and theirs.split(".")[:2] != dspy.__version__.split(".")[:2]:
        yield f"it was saved by DSPy {theirs[:20]}, and this is {dspy.__version__}: see that it answers as it did"
