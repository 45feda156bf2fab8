"""The adapters that a program can be asked by: they write as those of DSPy do, and read what is meant or refuse it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from framework.lm.calls.adapter import RememberingAdapter
from framework.lm.calls.reading_adapters import ReadingJsonAdapter, read_json
from framework.lm.calls.user_text import UserTextStaysText
from framework.lm.dspy_setup import dspy
from framework.lm.programs.call_settings import Adapter

_XMLAdapter: Any = dspy.XMLAdapter
_BAMLAdapter: Any = importlib.import_module("dspy.adapters.baml_adapter").BAMLAdapter


class XmlAdapter(UserTextStaysText, _XMLAdapter):  # type: ignore[misc]  # DSPy is untyped
    """A tag for each field; read by DSPy itself."""

    def _make_json_adapter_fallback(self) -> Any:
        return ReadingJsonAdapter(use_native_function_calling=self.use_native_function_calling)


class BamlAdapter(UserTextStaysText, _BAMLAdapter):  # type: ignore[misc]  # DSPy is untyped
    """JSON, asked for by schemas that are shorter to read."""

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """A value for each output."""
        return read_json(signature, completion)


ADAPTERS: Mapping[Adapter, Callable[[], Any]] = {
    "chat": RememberingAdapter,
    "json": ReadingJsonAdapter,
    "xml": XmlAdapter,
    "baml": BamlAdapter,
}
