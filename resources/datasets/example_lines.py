"""JSON Lines read as examples: every line that is wrong is reported by its number."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framework.errors import Failure, Invalid, Issue
from framework.lm.payloads.payloads import plain, validate_inputs, validate_outputs
from framework.lm.signatures.definition import SignatureDefinition
from framework.types.json_values import DEEPEST, json_issues
from framework.types.type import issues_of
from resources.datasets.example import Split
from resources.datasets.json_line import BadLine, read_json_line

BYTE_ORDER_MARK = "\ufeff"


class Line(BaseModel):
    """One line of an import file; without a key or a split it gets those of the example it is, or of its inputs."""

    model_config = ConfigDict(extra="forbid")

    key: str | None = Field(default=None, min_length=1, max_length=200)
    inputs: dict[str, Any] = Field(min_length=1)
    labels: dict[str, Any] = Field(min_length=1)
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A sound line, with its number and the hash of its inputs; key and split are None where the line has none.

    Inputs and labels are kept as text: all lines of a file are held until its end, and as objects they take five times
    the room.
    """

    number: int
    key: str | None
    said: bytes
    split: Split | None
    digest: bytes

    @classmethod
    def of(cls, number: int, line: Line, labels: dict[str, Any]) -> ReadLine:
        """The line with its labels as they are kept."""
        # A copy: what orjson gives keeps the whole buffer that it was written into.
        said = bytes(bytearray(orjson.dumps((line.inputs, labels))))
        return cls(number, line.key, said, line.split, bytes.fromhex(content_hash(line.inputs)))

    @property
    def inputs(self) -> dict[str, Any]:
        """What a program is asked."""
        inputs: dict[str, Any] = orjson.loads(self.said)[0]
        return inputs

    @property
    def labels(self) -> dict[str, Any]:
        """What it is to answer."""
        labels: dict[str, Any] = orjson.loads(self.said)[1]
        return labels

    @property
    def content_hash(self) -> str:
        """The hash as examples have it."""
        return self.digest.hex()


def read_lines(content: str, signature: SignatureDefinition | None) -> tuple[list[ReadLine], list[Issue]]:
    """The sound lines, and an issue under `content`, line number for everything wrong with the others."""
    lines: list[ReadLine] = []
    issues: list[Issue] = []
    # Not `splitlines`: JSON may hold U+2028 and its like as they are.
    for number, text in enumerate(content.removeprefix(BYTE_ORDER_MARK).split("\n"), 1):
        if not text.strip():
            continue
        found = _read(number, text, signature)
        if isinstance(found, ReadLine):
            lines.append(found)
        else:
            issues.extend(issue.under("content", number) for issue in found)
    return lines, issues


def content_hash(inputs: dict[str, Any]) -> str:
    """Equal for inputs that differ in case and spacing only: near enough to leak from one split to another."""
    return sha256(orjson.dumps(_folded(inputs), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _read(number: int, text: str, signature: SignatureDefinition | None) -> ReadLine | list[Issue]:
    try:
        value = read_json_line(text)
        # A value of the line may nest as deep as one that comes by another way: the line around it does not count.
        if issues := list(json_issues(value, deepest=DEEPEST + 1)):
            return [_worded(issue, number) for issue in issues]
        line = Line.model_validate(value)
        labels = line.labels if signature is None else _fitting(line, signature)
    except BadLine as error:
        return [Issue("bad_json", f"line {number} {error}")]
    except ValidationError as error:
        return [_worded(issue, number) for issue in issues_of(error)]
    except Invalid as failure:
        return [_worded(issue, number) for issue in failure.issues]
    return ReadLine.of(number, line, labels)


def _fitting(line: Line, signature: SignatureDefinition) -> dict[str, Any]:
    """The labels as the program's own outputs are written, so that a right answer equals them; raises Invalid."""
    issues: list[Issue] = []
    try:
        validate_inputs(signature, line.inputs)
    except Failure as failure:
        issues.extend(failure.issues)
    known = tuple(field for field in signature.outputs if field.name in line.labels)
    issues.extend(
        Issue("unknown_label", f"the signature has no output `{name}`", ("labels", name))
        for name in line.labels
        if name not in signature.output_names
    )
    labels: dict[str, Any] = {}
    try:
        labels = plain(validate_outputs(SignatureDefinition(signature.inputs, known), line.labels)) if known else {}
    except Failure as failure:
        issues.extend(
            Issue("bad_label", issue.message, ("labels", *issue.path[1:]), issue.params) for issue in failure.issues
        )
    # A text may have become a number, too large a one.
    issues.extend(json_issues(labels, ("labels",)))
    if issues:
        raise Invalid.of(issues)
    return labels


def _worded(issue: Issue, number: int) -> Issue:
    where = ".".join(map(str, issue.path))
    message = f"line {number}, {where}: {issue.message}" if where else f"line {number}: {issue.message}"
    if issue.code == "model_type":
        # Pydantic would name a class of ours.
        message = f"line {number} is not a JSON object"
    return Issue(issue.code, message, issue.path, issue.params, issue.hint)


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, dict):
        return {name: _folded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value
