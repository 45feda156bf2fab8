"""What goes into a program and what comes out of it: Pydantic models of a signature, and their faults as failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import to_jsonable_python

from framework.errors import Invalid, Issue, Unavailable
from framework.lm.fields.annotations import annotation_of, pascal, pydantic_field, python_annotation
from framework.lm.payloads.misreadings import in_utc, lost_turns, misread_moments
from framework.lm.payloads.payload_faults import issues_of
from framework.lm.signatures.definition import FieldDefinition, SignatureDefinition
from framework.lm.signatures.interchange import canonical_json, from_json
from framework.lm.values.by_identity import ByIdentity
from framework.lm.values.kept_json import NotKept, kept_json

__all__ = [
    "annotation_of",
    "expected_outputs",
    "input_model",
    "output_model",
    "plain",
    "python_annotation",
    "validate_inputs",
    "validate_outputs",
]

_CANONICAL = ByIdentity[bytes](size=512)


def input_model(definition: SignatureDefinition, *, named: str = "Input") -> type[BaseModel]:
    """The model of the inputs; it refuses inputs that do not exist."""
    return _input_model(_canonical(definition), named)


def output_model(definition: SignatureDefinition, *, named: str = "Output") -> type[BaseModel]:
    """The model of the outputs; what a module adds of its own (a trajectory, say) is left out."""
    return _output_model(_canonical(definition), named)


def validate_inputs(definition: SignatureDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as Python values, defaults filled in; raises Invalid with one issue for each fault.

    Strict as JSON is: "3" is no integer, while "2026-11-21" is a date.
    """
    if not isinstance(values, Mapping):
        raise Invalid("the inputs are an object with a value for each name", code="wrong_type", path=("inputs",))
    try:
        checked = input_model(definition).model_validate_json(_json(values, "inputs"), strict=True)
    except ValidationError as error:
        raise Invalid.of(issues_of(error, "inputs", definition.input_names)) from None
    if wrong := [*misread_moments(definition.inputs, values, "inputs"), *lost_turns(definition, values)]:
        raise Invalid.of(wrong)
    return _values(checked)


def validate_outputs(definition: SignatureDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs as Python values; raises Unavailable, since it is the model that did not answer as it was asked.

    Lenient where a model writes a value as text ("0.9" is a number), and as strict as the signature otherwise. Moments
    are in UTC: an expected one and an actual one are compared as text.
    """
    known = {name: values[name] for name in definition.output_names if name in values}
    try:
        checked = output_model(definition).model_validate_json(_json(known, "outputs"))
    except ValidationError as error:
        raise _model_output_invalid(issues_of(error, "outputs", definition.output_names)) from None
    except Invalid as invalid:
        raise _model_output_invalid(invalid.issues) from None
    if wrong := list(misread_moments(definition.outputs, known, "outputs")):
        raise _model_output_invalid(wrong)
    return {name: in_utc(value) for name, value in _values(checked).items()}


def expected_outputs(definition: SignatureDefinition, labels: Mapping[str, Any]) -> Mapping[str, Any]:
    """Labels of a program's outputs as it writes them, so that a right answer equals them; others stay as they are.

    Labels that are no such outputs stay too: they may be of another program.
    """
    known = tuple(field for field in definition.outputs if field.name in labels)
    if not known:
        return labels
    try:
        return {**labels, **plain(validate_outputs(SignatureDefinition(definition.inputs, known), labels))}
    except Unavailable:
        return labels


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Validated values as JSON: what a row keeps, an event carries and a digest is taken of."""
    return {name: to_jsonable_python(value) for name, value in values.items()}


def _canonical(definition: SignatureDefinition) -> bytes:
    """Its JSON, taken only once of a definition that is asked with again and again."""
    return _CANONICAL.get(definition, make=lambda: canonical_json(definition))


@lru_cache(maxsize=512)
def _input_model(canonical: bytes, named: str) -> type[BaseModel]:
    definition = from_json(orjson.loads(canonical))
    return _model(definition.inputs, named, ConfigDict(extra="forbid"))


@lru_cache(maxsize=512)
def _output_model(canonical: bytes, named: str) -> type[BaseModel]:
    definition = from_json(orjson.loads(canonical))
    return _model(definition.outputs, named, ConfigDict(extra="ignore"))


def _model(fields: tuple[FieldDefinition, ...], named: str, config: ConfigDict) -> type[BaseModel]:
    parts: dict[str, Any] = {}
    for field in fields:
        annotation = annotation_of(field.type, named=named + pascal(field.name))
        parts[field.name] = (annotation, pydantic_field(field, annotation))
    return create_model(named, __config__=config, **parts)


def _values(checked: BaseModel) -> dict[str, Any]:
    return {name: getattr(checked, name) for name in type(checked).model_fields}


def _json(values: Mapping[str, Any], side: str) -> bytes:
    """The values as JSON; raises Invalid if one of them cannot be kept as such."""
    try:
        return kept_json(dict(values))
    except NotKept:
        nameless = Issue("wrong_type", f"the {side} cannot be written as JSON", (side,))
        raise Invalid.of(list(_not_kept(values, side)) or [nameless]) from None


def _not_kept(values: Mapping[str, Any], side: str) -> Iterator[Issue]:
    for name, value in values.items():
        try:
            kept_json({str(name): value})
        except NotKept as error:
            shown = ascii(str(name)[:64])[1:-1]
            yield Issue("wrong_type", f"`{shown}` is not JSON: {error}", (side, shown))


def _model_output_invalid(issues: Iterable[Issue]) -> Unavailable:
    """Every fault keeps its path; its own code moves into the parameters, since the failure has one."""
    return Unavailable.of(
        Issue("model_output_invalid", issue.message, issue.path, {**issue.params, "fault": issue.code}, issue.hint)
        for issue in issues
    )
