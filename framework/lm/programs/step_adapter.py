"""The adapter for one step of ReAct: a step that is not whole is one all the same, and the loop says what it lacks."""

from __future__ import annotations

from typing import Any

from framework.lm.dspy_setup import dspy

_ChatAdapter: Any = dspy.ChatAdapter
_ParseError: Any = dspy.utils.exceptions.AdapterParseError
_THOUGHT, _TOOL, _ARGUMENTS = "next_thought", "next_tool_name", "next_tool_args"


class StepAdapter(_ChatAdapter):  # type: ignore[misc]  # DSPy is untyped
    """Asks as the adapter that it stands for does, and reads the step as text where its types do not fit."""

    def __init__(self, usual: Any) -> None:
        super().__init__()
        self._usual = usual or _ChatAdapter()

    def format_system_message(self, signature: Any) -> Any:
        """As the usual adapter."""
        return self._usual.format_system_message(signature)

    def format_user_message_content(self, *args: Any, **options: Any) -> Any:
        """As the usual adapter."""
        return self._usual.format_user_message_content(*args, **options)

    def user_message_output_requirements(self, signature: Any) -> Any:
        """As the usual adapter."""
        return self._usual.user_message_output_requirements(signature)

    def format_assistant_message_content(self, *args: Any, **options: Any) -> Any:
        """As the usual adapter: that is how the answers of demonstrations are written."""
        return self._usual.format_assistant_message_content(*args, **options)

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """A thought, the name of a tool and what to call it with, whether or not there is such a tool."""
        try:
            step: dict[str, Any] = self._usual.parse(signature, completion)
        except _ParseError:
            parsed = self._usual.parse(_as_text(signature), completion)
            if not parsed[_TOOL]:
                raise
            step = {
                _THOUGHT: parsed[_THOUGHT] or "",
                _TOOL: parsed[_TOOL].strip(),
                _ARGUMENTS: _arguments(self, parsed),
            }
        return step

    def _make_json_adapter_fallback(self) -> Any:
        return self._usual._make_json_adapter_fallback()  # noqa: SLF001 - it stands for that adapter


def _as_text(signature: Any) -> Any:
    """The step with fields that take any text, and none."""
    fields = {_THOUGHT: str | None, _TOOL: str | None, _ARGUMENTS: str | None}
    return dspy.Signature({name: (kind, dspy.OutputField()) for name, kind in fields.items()}, "Step.")


def _arguments(adapter: StepAdapter, parsed: dict[str, Any]) -> Any:
    """None said is no arguments; text that is no object stays text, which the loop refuses."""
    text = parsed[_ARGUMENTS]
    if not text:
        return {}
    whole = dspy.Signature({_ARGUMENTS: (dict[str, Any], dspy.OutputField())}, "Step.")
    try:
        return adapter._usual.parse(whole, f"[[ ## {_ARGUMENTS} ## ]]\n{text}")[_ARGUMENTS]  # noqa: SLF001
    except _ParseError:
        return text
