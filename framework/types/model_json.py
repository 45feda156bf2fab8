"""Pydantic models as JSON: as Pydantic writes them, but with the durations within as we write every other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, RootModel, TypeAdapter

from framework.types.duration_text import duration_text

PYDANTICS = TypeAdapter(timedelta)
LISTS = (list, tuple, set, frozenset, deque)


def model_json(model: BaseModel) -> Any:
    """The model as JSON has it."""
    return in_our_durations(model.model_dump(mode="json"), model)


def in_our_durations(written: Any, value: Any) -> Any:
    """What Pydantic wrote of a value, with every duration in it as `P365D`: its own `P1Y` has no length.

    Where a model writes a duration in a way of its own, as a number of seconds, say, that stays.
    """
    if isinstance(value, timedelta):
        return duration_text(value) if written == PYDANTICS.dump_python(value, mode="json") else written
    if isinstance(value, RootModel):
        return in_our_durations(written, value.root)
    if isinstance(written, dict) and (isinstance(value, BaseModel) or is_dataclass(value)):
        return {name: in_our_durations(part, getattr(value, name, None)) for name, part in written.items()}
    if isinstance(written, dict) and isinstance(value, Mapping) and len(written) == len(value):
        pairs = zip(written.items(), value.values(), strict=True)
        return {name: in_our_durations(part, own) for (name, part), own in pairs}
    if isinstance(written, list) and isinstance(value, LISTS) and len(written) == len(value):
        return [in_our_durations(part, own) for part, own in zip(written, value, strict=True)]
    return written
