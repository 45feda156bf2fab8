"""Messages in which what a user wrote stays text, whatever stands in it.

DSPy writes an image between two markers and then divides every user message at them, wherever they come from: text with
markers in it, of a user, a demonstration or a tool, became parts of the message, such as an address for the model's
endpoint to fetch. Here a message is divided at the images that were given, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from framework.lm.dspy_setup import dspy

_JSONAdapter: Any = dspy.JSONAdapter
_Type: Any = dspy.Type
_MARKER: str = dspy.adapters.types.base_type.CUSTOM_TYPE_START_IDENTIFIER

Block = dict[str, Any]


class UserTextStaysText:
    """What an adapter of DSPy's is mixed with: its messages are DSPy's, unless text in them has DSPy's marker."""

    def format_user_message_content(
        self, signature: Any, inputs: Mapping[str, Any], *more: Any, **named: Any
    ) -> str | list[Block]:
        """The text of a question, an example or an earlier turn; with images, or a marker, the parts of it."""

        def written(values: Mapping[str, Any]) -> str:
            text: str = super(UserTextStaysText, self).format_user_message_content(  # type: ignore[misc]  # DSPy's
                signature, values, *more, **named
            )
            return text

        text = written(inputs)
        if _MARKER not in text:
            return text
        sign = _sign_that_is_not_in(text)
        images: list[Any] = []
        text = written({name: _with_stand_ins(value, images, sign) for name, value in inputs.items()})
        # Parts are left as they are by DSPy, which divides only what is one text.
        return list(_blocks(text, images, sign))


class UserTextJsonAdapter(UserTextStaysText, _JSONAdapter):  # type: ignore[misc]  # DSPy is untyped
    """DSPy's JSON adapter with the same messages: what GEPA's reflection is asked by."""


def _sign_that_is_not_in(text: str) -> str:
    return next(sign for number in count() if (sign := f"<<image {number}, part ") not in text)


def _with_stand_ins(value: Any, images: list[Any], sign: str) -> Any:
    """The value with a text in the place of each image; the images are added to the list."""
    match value:
        case _Type() if isinstance(value.format(), list):
            images.append(value)
            return f"{sign}{len(images) - 1}>>"
        case list():
            return [_with_stand_ins(each, images, sign) for each in value]
        case dict():
            return {name: _with_stand_ins(each, images, sign) for name, each in value.items()}
        case _:
            return value


def _blocks(text: str, images: list[Any], sign: str) -> Iterator[Block]:
    parts = re.split(f"{re.escape(sign)}([0-9]+)>>", text)
    for at, part in enumerate(parts):
        if at % 2:
            yield from images[int(part)].format()
        elif part:
            yield {"type": "text", "text": part}
