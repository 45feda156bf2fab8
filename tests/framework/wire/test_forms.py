"""Forms are data: equal for equal types, and everything that writing a value takes."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest

from framework.types.resolve import resolve
from framework.wire.forms import Form, Spelling, form_of, write


class Size(StrEnum):
    """How large."""

    SMALL = "small"


@pytest.mark.parametrize("annotation", [str, int, UUID, datetime, Size, Literal["a"], list[int], dict[str, Any]])
def test_types_that_are_written_alike_have_one_form_that_is_a_key(annotation: Any) -> None:
    assert len({form_of(resolve(annotation)), form_of(resolve(annotation))}) == 1


def test_a_choice_is_written_by_the_name_that_a_transport_gives_it() -> None:
    named = Form(Spelling.CHOICE, (("small", "SMALL"),))
    assert [write(value, named) for value in (Size.SMALL, "small", None)] == ["SMALL", "SMALL", None]
    assert write(Size.SMALL, Form(Spelling.CHOICE)) == "small"


def test_a_moment_is_written_with_z_for_utc_alone() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert write(moment, form_of(resolve(datetime))) == "2026-01-02T03:04:05Z"
    assert write(datetime.fromisoformat("2026-01-02T03:04:05+02:00"), form_of(resolve(datetime))).endswith("+02:00")


def test_an_own_form_without_a_type_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="says nothing of how its values are written"):
        write(1, Form(Spelling.OWN))
