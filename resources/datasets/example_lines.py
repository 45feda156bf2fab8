"""JSON Lines read as examples: every line that is wrong is reported by its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framework.errors import Failure, Issue
from framework.lm.payloads.payloads import validate_inputs, validate_outputs
from framework.lm.signatures.definition import SignatureDefinition
from framework.types.type import issues_of
from resources.datasets.example import Split


class Line(BaseModel):
    """One line of an import file. Without a split it is put into one by the hash of its inputs."""

    model_config = ConfigDict(extra="forbid")

    key: str | None = Field(default=None, min_length=1, max_length=200)
    inputs: dict[str, Any] = Field(min_length=1)
    labels: dict[str, Any] = Field(min_length=1)
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A sound line, with its number and the hash of its inputs."""

    number: int
    key: str
    inputs: dict[str, Any]
    labels: dict[str, Any]
    split: Split
    content_hash: str


def read_lines(content: str, signature: SignatureDefinition | None) -> tuple[list[ReadLine], list[Issue]]:
    """The sound lines, and an issue under `content`, line number for everything wrong with the others."""
    lines: list[ReadLine] = []
    issues: list[Issue] = []
    # Not `splitlines`: JSON may hold U+2028 and its like as they are.
    for number, text in enumerate(content.split("\n"), 1):
        if not text.strip():
            continue
        found = _read(number, text, signature)
        if isinstance(found, ReadLine):
            lines.append(found)
        else:
            issues.extend(issue.under("content", number) for issue in found)
    return lines, [*issues, *_repeated(lines)]


def content_hash(inputs: dict[str, Any]) -> str:
    """Equal for inputs that differ in case and spacing only: near enough to leak from one split to another."""
    return sha256(orjson.dumps(_folded(inputs), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _read(number: int, text: str, signature: SignatureDefinition | None) -> ReadLine | list[Issue]:
    try:
        line = Line.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        return [Issue("bad_json", f"line {number} is not JSON: {error.msg} at column {error.colno}")]
    except RecursionError:
        return [Issue("bad_json", f"line {number} is nested too deeply")]
    except ValidationError as error:
        return [_worded(issue, number) for issue in issues_of(error)]
    wrong = [] if signature is None else list(_misfits(line, signature))
    if wrong:
        return [_worded(issue, number) for issue in wrong]
    try:
        digest = content_hash(line.inputs)
        orjson.dumps(line.labels)
    except orjson.JSONEncodeError as error:
        return [Issue("bad_json", f"line {number} cannot be stored: {error}")]
    if _has_nul([line.key, line.inputs, line.labels]):
        return [Issue("nul_character", f"line {number} cannot be stored: a text holds no NUL character")]
    return ReadLine(number, line.key or digest[:16], line.inputs, line.labels, line.split or _split(digest), digest)


def _misfits(line: Line, signature: SignatureDefinition) -> Iterator[Issue]:
    try:
        validate_inputs(signature, line.inputs)
    except Failure as failure:
        yield from failure.issues
    labelled = [field for field in signature.outputs if field.name in line.labels]
    for name in line.labels.keys() - {field.name for field in labelled}:
        yield Issue("unknown_label", f"the signature has no output `{name}`", ("labels", name))
    if not labelled:
        return
    try:
        validate_outputs(SignatureDefinition(signature.inputs, tuple(labelled)), line.labels)
    except Failure as failure:
        for issue in failure.issues:
            yield Issue("bad_label", issue.message, ("labels", *issue.path[1:]), issue.params)


def _worded(issue: Issue, number: int) -> Issue:
    where = ".".join(map(str, issue.path))
    # Without a path it is the line as a whole that is wrong; Pydantic would name a class of ours.
    says = f"line {number}, {where}: {issue.message}" if where else f"line {number} is not a JSON object"
    return Issue(issue.code, says, issue.path, issue.params, issue.hint)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(map(_has_nul, (*value.keys(), *value.values())))
    return isinstance(value, list) and any(map(_has_nul, value))


def _repeated(lines: list[ReadLine]) -> Iterator[Issue]:
    keys: dict[str, ReadLine] = {}
    for line in lines:
        first = keys.setdefault(line.key, line)
        # Equal inputs, which may have made equal keys, are a mistake of their own.
        if first is not line and first.content_hash != line.content_hash:
            message = f"line {line.number}: the key `{line.key}` stands in line {first.number} too"
            yield Issue("repeated_key", message, ("content", line.number, "key"))


def _split(digest: str) -> Split:
    """Six tenths to learn from, two to choose by, two to judge by; the same content always falls alike."""
    share = int(digest[:8], 16) / 0xFFFFFFFF
    return Split.TRAIN if share < 0.6 else Split.VALIDATION if share < 0.8 else Split.TEST


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, dict):
        return {name: _folded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value
