"""The ways to compare one expected value with the actual one; each gives 0 to 1, and 1 for equal values."""

from __future__ import annotations

import json
import math
import re
import string
import unicodedata
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic_core import to_jsonable_python

from framework.types.json_text import read_json


class MetricKind(StrEnum):
    """The comparisons there are."""

    EXACT = "exact"
    NORMALIZED = "normalized"
    TOKEN_F1 = "token_f1"  # noqa: S105 - words are meant
    CONTAINS = "contains"
    NUMERIC = "numeric"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be off: by an amount, or by a part of the greater of the two."""

    absolute: float = 1e-9
    relative: float = 0.0


_PUNCTUATION = str.maketrans("", "", string.punctuation)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ARTICLES = re.compile(r"\b(a|an|the)\b")


EXACTLY = Tolerance()


def compare(kind: MetricKind, expected: Any, actual: Any, *, tolerance: Tolerance = EXACTLY) -> float:
    """How alike two values are by this measure."""
    wanted, given = to_jsonable_python(expected), to_jsonable_python(actual)
    if _same(wanted, given):
        return 1.0
    match kind:
        case MetricKind.EXACT:
            return 0.0
        case MetricKind.NORMALIZED:
            return normalized(wanted, given)
        case MetricKind.TOKEN_F1:
            return token_f1(wanted, given)
        case MetricKind.CONTAINS:
            return contains(wanted, given)
        case MetricKind.NUMERIC:
            return numeric(wanted, given, tolerance=tolerance)
        case MetricKind.JSON:
            return json_equal(wanted, given)


def normalized(expected: Any, actual: Any) -> float:
    """Equal but for case, spaces and Unicode forms."""
    return float(_normal(expected) == _normal(actual))


def token_f1(expected: Any, actual: Any) -> float:
    """The words both have, as SQuAD counts them: without punctuation and articles (F1 of precision and recall)."""
    wanted, given = _words(expected), _words(actual)
    if not wanted or not given:
        return float(wanted == given)
    common = (Counter(wanted) & Counter(given)).total()
    return 2 * common / (len(wanted) + len(given))


def contains(expected: Any, actual: Any) -> float:
    """The expected text stands somewhere in the actual one, case and spaces aside."""
    wanted, given = _normal(expected), _normal(actual)
    return float(wanted in given if wanted else not given)


def numeric(expected: Any, actual: Any, *, tolerance: Tolerance) -> float:
    """Equal but for the tolerance."""
    wanted, given = _number(expected), _number(actual)
    if wanted is None or given is None:
        return 0.0
    return float(math.isclose(wanted, given, rel_tol=tolerance.relative, abs_tol=tolerance.absolute))


def json_equal(expected: Any, actual: Any) -> float:
    """Equal as JSON: text that is JSON is read first, the order of keys is no difference."""
    try:
        return float(_same(_read(expected), _read(actual)))
    except RecursionError:  # text a model wrote may nest without end
        return 0.0


def _same(one: Any, other: Any) -> bool:
    """Equal values, as JSON tells them apart: `true` is no 1, while 1.0 is."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _normal(value: Any) -> str:
    return " ".join(unicodedata.normalize("NFKC", _text(value)).casefold().split())


def _words(value: Any) -> list[str]:
    return _ARTICLES.sub(" ", _normal(value).translate(_PUNCTUATION)).split()


def _number(value: Any) -> float | None:
    """The number a value is or writes; `true` is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(_THOUSANDS.sub("", value)) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:  # no JSON, or nested deeper than any that is read: compared as the text it is
        return value
