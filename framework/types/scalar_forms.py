"""How each scalar is written: the kinds of values that it is none of, and the way of its text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, FutureDate, FutureDatetime, NaiveDatetime, PastDate, PastDatetime

from framework import wording
from framework.errors import Issue, Path

Issues = tuple[Issue, ...]
Check = Callable[[Any, Path], Issues]

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}.*", re.ASCII | re.DOTALL)
TIME = re.compile(r"\d{2}:\d{2}.*", re.ASCII | re.DOTALL)
# A year and a month have no length of their own, and nothing shorter than a microsecond is kept.
DURATION = re.compile(r"[+-]?P(?!.*Y)(?![^T]*M)(?!.*[.,]\d{7}).+", re.ASCII | re.IGNORECASE)
SMALLEST, LARGEST = -(2**63), 2**63 - 1
DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScalarForm:
    """How a scalar is written: as none of the `foreign` kinds of values, as text only in the way of `pattern`."""

    name: str
    says: str
    foreign: tuple[type, ...]
    pattern: re.Pattern[str] | None = None

    def __call__(self, value: Any, path: Path) -> Issues:
        """The issue of a value that is written otherwise."""
        if isinstance(value, str):
            wrong = self.pattern is None or not self.pattern.fullmatch(value)
        else:
            # By class: a truth value is a whole number to Python.
            wrong = type(value) in self.foreign
        code = f"{self.name}_{'parsing' if isinstance(value, str) else 'type'}"
        return (Issue(code, f"has to be {self.says}", path),) if wrong else ()


@dataclass(frozen=True, slots=True)
class WholeNumberForm:
    """A whole number of 64 bits, as every store keeps it and every transport writes it."""

    form: ScalarForm

    def __call__(self, value: Any, path: Path) -> Issues:
        """The issue of what is no number, or of one that is too large."""
        if issues := self.form(value, path):
            return issues
        # What is no number at all is left to Pydantic; a long whole number is no float to ask.
        number = isinstance(value, int) or (isinstance(value, (float, Decimal)) and math.isfinite(value))
        if number and not SMALLEST <= value <= LARGEST:
            return (Issue("out_of_range", "a whole number lies between -2⁶³ and 2⁶³-1", path),)
        return ()


@dataclass(frozen=True, slots=True)
class DecimalForm:
    """A decimal: a float has lost what it could not hold before anybody sees it."""

    form: ScalarForm

    def __call__(self, value: Any, path: Path) -> Issues:
        """The issue of what is no decimal, or may be none of the digits that were written."""
        if isinstance(value, float):
            says, hint = "a decimal with a fraction is written as a string", 'write it as "1.50"'
            return (Issue("decimal_from_float", says, path, hint=hint),)
        return self.form(value, path)


NUMERIC = (bool, int, float, Decimal)
DATE = ScalarForm("date", wording.DATE, NUMERIC, DAY)
DATETIME = ScalarForm("datetime", wording.MOMENT, NUMERIC, MOMENT)
SCALARS: dict[Any, Check] = {
    int: WholeNumberForm(ScalarForm("int", wording.WHOLE, (bool,))),
    float: ScalarForm("float", wording.A_NUMBER, (bool,)),
    bool: ScalarForm("bool", "true or false", (int, float, Decimal)),
    Decimal: DecimalForm(ScalarForm("decimal", wording.DECIMAL, (bool,), DECIMAL)),
    **dict.fromkeys((date, PastDate, FutureDate), DATE),
    **dict.fromkeys((datetime, AwareDatetime, NaiveDatetime, PastDatetime, FutureDatetime), DATETIME),
    time: ScalarForm("time", wording.TIME, NUMERIC, TIME),
    timedelta: ScalarForm("time_delta", wording.DURATION, NUMERIC, DURATION),
}
