"""How failures name what they are about to a client of GraphQL: our names in camel case, its own as it wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from framework.errors import Failure, Issue, Path
from framework.graphql.models import JSON_TYPE, field_type, is_plain_model, python_of
from framework.naming import camel
from framework.spec.action import ActionSpec
from framework.spec.resource import ResourceSpec
from framework.types.type import Type

QUOTED_NAME = re.compile(r"`([\w.]+)`")
QUOTED_KEY = re.compile(r'"(\w+)":')


@dataclass(frozen=True, slots=True)
class InputNames:
    """The names of what an action takes, and of the values and links of its resource.

    A step of a path below an input is renamed where the input is a model, whose fields are ours, and is left alone in
    JSON, whose names are the client's. `renamed` are names that have another one here.
    """

    inputs: Mapping[str, Type]
    words: Mapping[str, str]
    renamed: Mapping[str, str]

    @classmethod
    def of(cls, spec: ResourceSpec, action: ActionSpec, **renamed: str) -> InputNames:
        """The names for an action of a resource."""
        inputs = {name: spec.attributes[name].type for name in action.accept}
        inputs |= {name: argument.type for name, argument in action.arguments.items()}
        ours = (*spec.values, *spec.relationships, *inputs)
        return cls(inputs, {name: camel(name) for name in ours if camel(name) != name}, renamed)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Raises what fails inside under these names."""
        try:
            yield
        except Failure as failure:
            raise type(failure).of(map(self.issue, failure.issues)) from failure

    def issue(self, issue: Issue) -> Issue:
        """The same issue, as a client of GraphQL reads it."""
        path = self.path(issue.path)
        written = {step for step in issue.path[1:] if step in path}
        words = {ours: theirs for ours, theirs in self.words.items() if ours not in written}
        return renamed(issue, path, words)

    def path(self, path: Path) -> Path:
        """The way to the input, in the names of GraphQL."""
        found: list[str | int] = []
        kind: Type | None = None
        for step in path:
            if isinstance(step, int):
                found.append(step)
                kind = kind.item if kind is not None else None
            elif kind is None and not any(isinstance(known, str) for known in found):
                found.append(self.renamed.get(step) or self.words.get(step, step))
                kind = self.inputs.get(step, JSON_TYPE)
            else:
                named, kind = _inside(step, kind or JSON_TYPE)
                found.append(named)
        return tuple(found)


def renamed(issue: Issue, path: Path, words: Mapping[str, str]) -> Issue:
    """An issue with another path, and the names that it quotes as they are on that path and by these words."""
    changed = {str(ours): str(theirs) for ours, theirs in zip(issue.path, path, strict=True) if ours != theirs}
    known = {**words, **changed}
    hint = None if issue.hint is None else QUOTED_KEY.sub(lambda key: f'"{known.get(key[1], key[1])}":', issue.hint)
    return replace(issue, path=path, message=_reworded(issue.message, known), hint=hint and _reworded(hint, known))


def _reworded(text: str, words: Mapping[str, str]) -> str:
    return QUOTED_NAME.sub(lambda name: f"`{_dotted(name[1], words)}`", text)


def _dotted(text: str, words: Mapping[str, str]) -> str:
    return ".".join(words.get(step, step) for step in text.split("."))


def _inside(step: str, kind: Type) -> tuple[str, Type]:
    """A step below a value of a type: its name in GraphQL, and the type of what is there."""
    if not is_plain_model(kind):
        return step, kind.item or JSON_TYPE
    fields = {info.alias or name: (name, info) for name, info in python_of(kind).model_fields.items()}
    if step not in fields:
        return step, JSON_TYPE
    name, info = fields[step]
    return camel(name), field_type(info)
