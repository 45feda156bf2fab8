"""The chat adapter: DSPy's own words to the model, the part that is the same for every call written only once.

For each call DSPy writes anew what the fields are and how they look, JSON schemas included: a third of a call's time.
A signature is a class of its own for each text, so that is what the words are kept by. Nothing here changes the fields
of a class that is in use; its instructions, which can be set in place, are part of the key.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from framework.lm.calls.reading_adapters import ReadingChatAdapter
from framework.lm.dspy_setup import dspy

_MOST_SIGNATURES = 256
_ChatAdapter: Any = dspy.ChatAdapter


class RememberingAdapter(ReadingChatAdapter):
    """DSPy's chat adapter; what it says is the same to the byte."""

    def __init__(self) -> None:
        super().__init__()
        plain: Any = _ChatAdapter()

        @lru_cache(maxsize=_MOST_SIGNATURES)
        def system_message(signature: Any, _: str) -> str:
            message: str = plain.format_system_message(signature)
            return message

        @lru_cache(maxsize=_MOST_SIGNATURES)
        def output_requirements(signature: Any) -> str:
            message: str = plain.user_message_output_requirements(signature)
            return message

        self._system_message, self._output_requirements = system_message, output_requirements

    def format_system_message(self, signature: Any) -> str:
        """What the fields are, how they are laid out, and the task."""
        return self._system_message(signature, signature.__doc__)

    def user_message_output_requirements(self, signature: Any) -> str:
        """The reminder of the layout at the end of a question."""
        return self._output_requirements(signature)
