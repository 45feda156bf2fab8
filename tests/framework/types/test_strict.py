"""Values are written as Python or JSON has them; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FutureDate,
    FutureDatetime,
    NaiveDatetime,
    PastDate,
    PastDatetime,
    create_model,
    field_validator,
)

from framework.types.resolve import resolve


class Level(IntEnum):
    LOW = 1


class Street(BaseModel):
    name: str
    number: int = 1


class Address(BaseModel):
    street: Street
    since: date | None = None
    others: list[Street] = []


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str


class Spelled(BaseModel):
    surname: str = Field(alias="familyName")
    share: Annotated[int, BeforeValidator(int)] = 0
    size: int = 0

    @field_validator("size", mode="before")
    @classmethod
    def sized(cls, value: Any) -> Any:
        return len(value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("annotation", "value", "code"),
    [
        (int, True, "int_type"),
        (int, "7", "int_parsing"),
        (int, 7.5, "int_from_float"),
        (float, True, "float_type"),
        (float, "7", "float_parsing"),
        (bool, 1, "bool_type"),
        (bool, "yes", "bool_parsing"),
        (int, 2**63, "out_of_range"),
        (int, 10**400, "out_of_range"),
        (int, float("inf"), "finite_number"),
        (list[int], [-(2**63) - 1], "out_of_range"),
        (dict[str, int | None], {"a": 1e19}, "out_of_range"),
        (Street, {"name": "x", "number": 2**63}, "out_of_range"),
        (Decimal, 1.5, "decimal_from_float"),
        (list[Decimal], [12345678901234567890.12345], "decimal_from_float"),
        (Decimal, True, "decimal_type"),
        (Decimal, "1_0.5", "decimal_parsing"),
        (Decimal, "\u0661", "decimal_parsing"),
        (Decimal, " 1", "decimal_parsing"),
        (datetime, 1_700_000_000, "datetime_type"),
        (datetime, "1700000000", "datetime_parsing"),
        (datetime, "2026", "datetime_parsing"),
        (date, 0, "date_type"),
        (date, "0", "date_parsing"),
        (date, "2026-01-01T00:00:00", "date_parsing"),
        (timedelta, 90, "time_delta_type"),
        (timedelta, "90", "time_delta_parsing"),
        (timedelta, "P1Y", "time_delta_parsing"),
        (timedelta, "P1M", "time_delta_parsing"),
        (timedelta, "-P1Y2M3D", "time_delta_parsing"),
        (timedelta, "PT0.0000001S", "time_delta_parsing"),
        (Literal[1, 2], True, "literal_error"),
        (Literal[1, 2], 1.0, "literal_error"),
        (Literal[True], 1, "literal_error"),
        (Level, True, "enum"),
        (int | None, "7", "int_parsing"),
        (list[int], [1, "7"], "int_parsing"),
        (dict[str, bool], {"a": "no"}, "bool_parsing"),
        (Annotated[int, Field(ge=0)], "7", "int_parsing"),
    ],
)
def test_a_value_that_is_written_as_another_is_refused(annotation: Any, value: Any, code: str) -> None:
    assert [issue.code for issue in resolve(annotation).cast(value)[1]] == [code]


@pytest.mark.parametrize(
    ("annotation", "value", "meant"),
    [
        (int, 7.0, 7),
        (float, 7, 7.0),
        (float, Decimal("0.5"), 0.5),
        (Decimal, 15, Decimal(15)),
        (Decimal, 12345678901234567890, Decimal(12345678901234567890)),
        (int, 2**63 - 1, 2**63 - 1),
        (float, 2**64, 2.0**64),
        (Decimal, "-1.50e3", Decimal("-1.50e3")),
        (date, "2026-01-31", date(2026, 1, 31)),
        (timedelta, "P1DT2M0.000001S", timedelta(days=1, minutes=2, microseconds=1)),
        (timedelta, "P2W", timedelta(weeks=2)),
        (timedelta, "-P1DT2H", -timedelta(days=1, hours=2)),
        (Level, 1, Level.LOW),
        (Level, Level.LOW, Level.LOW),
        (Literal[1, "1"], "1", "1"),
    ],
)
def test_a_value_as_python_or_json_has_it_is_taken(annotation: Any, value: Any, meant: Any) -> None:
    cast, issues = resolve(annotation).cast(value)
    assert (cast, type(cast), issues) == (meant, type(meant), ())


def test_a_model_takes_no_names_that_it_does_not_have_however_deep() -> None:
    given = {"street": {"name": "x", "foo": 5}, "others": [{"name": "y", "bar": 1}], "baz": 1}
    issues = resolve(Address).cast(given, ("address",))[1]
    assert [(issue.code, issue.path) for issue in issues] == [
        ("unknown_input", ("address", "street", "foo")),
        ("unknown_input", ("address", "others", 0, "bar")),
        ("unknown_input", ("address", "baz")),
    ]
    assert issues[0].message == "`Street` has no `foo`; it has name, number"


def test_the_fields_of_a_model_are_strict_however_deep() -> None:
    issues = resolve(Address).cast({"street": {"name": "x", "number": "7"}, "since": 0})[1]
    assert [(issue.code, issue.path) for issue in issues] == [
        ("int_parsing", ("street", "number")),
        ("date_type", ("since",)),
    ]


def test_a_model_that_takes_more_says_so_itself() -> None:
    assert resolve(Open).cast({"name": "x", "foo": 5})[1] == ()


def test_a_model_may_read_its_own_fields_in_its_own_way() -> None:
    cast, issues = resolve(Spelled).cast({"surname": "x", "share": "7", "size": "four"})
    assert (cast.share, cast.size, issues) == (7, 4, ())


def test_a_field_with_an_alias_is_known_by_its_name_in_every_direction() -> None:
    kind = resolve(Spelled)
    assert [issue.path for issue in kind.cast({"familyName": "x"})[1]] == [("familyName",)]
    cast, _ = kind.cast({"surname": "x"})
    assert kind.dump(cast) == {"surname": "x", "share": 0, "size": 0}
    assert kind.read_kept(kind.dump(cast)) == (cast, ())
    assert "surname" in kind.json_schema()["properties"]


def test_a_stored_model_is_read_with_names_that_it_has_lost() -> None:
    cast, issues = resolve(Street).read_kept({"name": "x", "floor": 3})
    assert (cast, issues) == (Street(name="x"), ())


@pytest.mark.parametrize(
    ("annotation", "text", "meant"),
    [
        (int, "7", 7),
        (float, "1e3", 1000.0),
        (bool, "true", True),
        (Level, "1", Level.LOW),
        (Literal[True, "x"], "true", True),
        (str, "7", "7"),
        (Decimal, "7", Decimal(7)),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, Any], '{"a": 1}', {"a": 1}),
        (Address, '{"street": {"name": "x"}}', Address(street=Street(name="x"))),
    ],
)
def test_a_text_of_an_address_spells_a_value(annotation: Any, text: str, meant: Any) -> None:
    assert resolve(annotation).cast_text(text) == (meant, ())


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "1_0"),
        (int, " 7"),
        (int, "7.5"),
        (int, "\u0667"),
        (int, "true"),
        (float, "1e400"),
        (bool, "yes"),
        (bool, "1"),
    ],
)
def test_a_text_spells_nothing_that_json_would_not_say(annotation: Any, text: str) -> None:
    assert len(resolve(annotation).cast_text(text)[1]) == 1


def test_a_plus_that_became_a_blank_is_recognised() -> None:
    (issue,) = resolve(datetime).cast_text("2026-05-01T10:00:00 02:00")[1]
    assert issue.hint == "a `+` in an address means a blank: write the offset as `%2B02:00`"


@pytest.mark.parametrize(
    ("annotation", "value", "code"),
    [
        (int | float, "7", "int_parsing"),
        (int | float, True, "int_type"),
        (int | UUID, True, "int_type"),
        (int | list[int], "7", "int_parsing"),
        (int | list[int], ["7"], "int_parsing"),
        (Decimal | list[int] | None, True, "decimal_type"),
        (date | datetime, 7, "date_type"),
        (Street | int, {"name": "x", "number": "7"}, "int_parsing"),
        (tuple[int, ...], ["7", 1], "int_parsing"),
        (tuple[str, int], ["a", True], "int_type"),
        (set[int], ["7"], "int_parsing"),
        (frozenset[bool], [1], "bool_type"),
        (Sequence[int], [True], "int_type"),
        (Mapping[str, int], {"a": "7"}, "int_parsing"),
        (time, 7, "time_type"),
        (time, "7", "time_parsing"),
        (PastDate, 7, "date_type"),
        (FutureDate, 10**10, "date_type"),
        (PastDatetime, 7, "datetime_type"),
        (FutureDatetime, 10**10, "datetime_type"),
        (NaiveDatetime, "7", "datetime_parsing"),
    ],
)
def test_the_fields_of_a_model_are_strict_whatever_their_type(annotation: Any, value: Any, code: str) -> None:
    model = create_model("Held", v=(annotation, ...))
    issues = resolve(model).cast({"v": value})[1]
    assert [(issue.code, issue.path[:1]) for issue in issues] == [(code, ("v",))]


@pytest.mark.parametrize(
    ("annotation", "value", "meant"),
    [
        (int | str, "7", "7"),
        (int | bool, True, True),
        (int | float, 7.5, 7.5),
        (int | list[int], [1], [1]),
        (date | datetime, "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (Street | int, {"name": "x"}, Street(name="x")),
        (Street | int, Street(name="x"), Street(name="x")),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple[str, int], ["a", 1], ("a", 1)),
        (set[int], [1], {1}),
        (time, "12:30:00", time(12, 30)),
        (PastDate, "2020-01-31", date(2020, 1, 31)),
    ],
)
def test_the_fields_of_a_model_take_what_json_has(annotation: Any, value: Any, meant: Any) -> None:
    model: Any = create_model("Held", v=(annotation, ...))
    found, issues = resolve(model).cast({"v": value})
    assert (issues, found.v) == ((), meant)
    assert type(found.v) is type(meant)
