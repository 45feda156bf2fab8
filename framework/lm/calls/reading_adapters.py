"""DSPy's adapters with a reading of their own: they ask as DSPy does, and read what is meant or refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from framework.lm.calls.chat_layout import sections_of, without_thoughts
from framework.lm.calls.typed_reading import read_as
from framework.lm.calls.user_text import UserTextJsonAdapter, UserTextStaysText
from framework.lm.dspy_setup import dspy
from framework.lm.values.literals import NotALiteral, read_literal, within
from framework.wording import in_words

_ChatAdapter: Any = dspy.ChatAdapter
_ParseError: Any = dspy.utils.exceptions.AdapterParseError
_completed: Any = dspy.adapters.utils.apply_output_field_defaults


class UnreadableAnswer(_ParseError):  # type: ignore[misc]  # DSPy is untyped
    """An answer of which these outputs cannot be read, each with what is wrong; what the model said is not repeated."""

    def __init__(self, signature: Any, completion: str, faults: Mapping[str, str]) -> None:
        super().__init__("ChatAdapter", signature, completion)
        self.faults = faults


class ReadingChatAdapter(UserTextStaysText, _ChatAdapter):  # type: ignore[misc]  # DSPy is untyped
    """DSPy's chat adapter; `chat_layout` says where its reading differs."""

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """A value for each output."""
        return _typed(signature, completion, sections_of(completion, signature.output_fields))

    def _make_json_adapter_fallback(self) -> Any:
        return ReadingJsonAdapter(use_native_function_calling=self.use_native_function_calling)


class ReadingJsonAdapter(UserTextJsonAdapter):
    """DSPy's JSON adapter, for the second try; what is no JSON is not repaired."""

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """A value for each output."""
        return read_json(signature, completion)


def read_json(signature: Any, completion: str) -> dict[str, Any]:
    """The outputs of an answer in JSON; raises UnreadableAnswer."""
    try:
        parsed = _object(without_thoughts(completion))
    except NotALiteral:
        raise UnreadableAnswer(signature, completion, {}) from None
    return _typed(signature, completion, parsed)


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = read_literal(text)
    except NotALiteral:
        parsed = read_literal(within(text, "{", "}"))
    if not isinstance(parsed, dict):
        raise NotALiteral("it is no object")
    return parsed


def _typed(signature: Any, completion: str, parsed: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs as values of their types, left out ones by their defaults; raises UnreadableAnswer."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, field in signature.output_fields.items():
        if name in parsed:
            try:
                values[name] = read_as(parsed[name], field.annotation)
            except ValueError as error:
                faults[name] = _fault(error)
    outputs: dict[str, Any] = _completed(signature, values)
    faults |= {name: "is missing" for name in signature.output_fields if name not in outputs and name not in faults}
    if faults:
        raise UnreadableAnswer(signature, completion, faults)
    return outputs


def _fault(error: ValueError) -> str:
    """What is wrong with a value, without the value: it may be private."""
    if isinstance(error, ValidationError):
        return f"cannot be read: {in_words(error.errors(include_url=False)[0])}"
    return f"cannot be read: {error}"
