"""What Pydantic found wrong, in our words: sentences that go on from the name of a value, `size` has to be a number.

A value is never repeated, it may be private. What whoever wrote a validator says of it stands as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

NULL = "may not be null"
ELSE = "is not valid here"
A_TEXT, A_NUMBER, A_LIST, AN_OBJECT = "a text", "a number", "a list", "an object"
DATE, MOMENT = "a date, written as 2026-01-31", "a moment, written as 2026-01-31T12:00:00Z"
TIME, DURATION = "a time, written as 12:30:00", "a duration of days to microseconds, written as P1DT2H30M"
DECIMAL, WHOLE = "a decimal: digits, with a point before the fraction", "a whole number"
UUID_TEXT, ADDRESS = (
    "a UUID, written as 01234567-89ab-7def-8123-456789abcdef",
    "an address, such as https://example.org",
)
# What a value has to be, by what Pydantic calls its not being that.
EXPECTED: Mapping[str, str] = {
    **dict.fromkeys(("string_type", "string_unicode"), A_TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), WHOLE),
    **dict.fromkeys(("float_type", "float_parsing"), A_NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("decimal_type", "decimal_parsing"), DECIMAL),
    **dict.fromkeys(("fraction_type", "fraction_parsing"), "a fraction, written as 1/3"),
    **dict.fromkeys(("complex_type", "complex_str_parsing"), "a complex number, written as 1+2j"),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), UUID_TEXT),
    **dict.fromkeys(("url_type", "url_parsing", "url_syntax_violation"), ADDRESS),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), DATE),
    "date_from_datetime_inexact": "a date, without a time of day",
    **dict.fromkeys(("time_type", "time_parsing"), TIME),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"), MOMENT
    ),
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), DURATION),
    **dict.fromkeys(("bytes_type", "bytes_invalid_encoding"), "bytes"),
    **dict.fromkeys(
        ("list_type", "tuple_type", "set_type", "frozen_set_type", "deque_type", "iterable_type", "iteration_error"),
        A_LIST,
    ),
    **dict.fromkeys(
        (
            *("dict_type", "frozen_dict_type", "ordered_dict_type", "counter_type", "mapping_type", "model_type"),
            *("model_attributes_type", "dataclass_type", "dataclass_exact_type", "named_tuple_type", "arguments_type"),
        ),
        AN_OBJECT,
    ),
    **dict.fromkeys(("json_type", "json_invalid"), "JSON"),
    "none_required": "null",
    **dict.fromkeys(("enum", "literal_error"), "{expected}"),
    "finite_number": "a finite number",
    "timezone_naive": "a moment without an offset",
    "timezone_aware": "a moment with its offset, written as 2026-01-31T12:00:00Z",
    "timezone_offset": "a moment with the offset of {tz_expected} seconds",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "multiple_of": "a multiple of {multiple_of}",
    **dict.fromkeys(("date_past", "datetime_past"), "in the past"),
    **dict.fromkeys(("date_future", "datetime_future"), "in the future"),
    "uuid_version": "a UUID of version {expected_version}",
    "url_scheme": "an address that begins with {expected_schemes}",
    **dict.fromkeys(("is_instance_of", "is_subclass_of"), "of the class {class}"),
    "callable_type": "a function",
}
# What else there is to say of it.
OTHERWISE: Mapping[str, str] = {
    "missing": "is required",
    **dict.fromkeys(
        ("missing_argument", "missing_keyword_only_argument", "missing_positional_only_argument"), "is required"
    ),
    **dict.fromkeys(
        ("extra_forbidden", "unexpected_keyword_argument", "unexpected_positional_argument", "no_such_attribute"),
        "is nothing that can be said here",
    ),
    "multiple_argument_values": "is said twice",
    **dict.fromkeys(("frozen_field", "frozen_instance"), "cannot be changed"),
    "invalid_key": "has a key that is no text",
    "get_attribute_error": "cannot be read",
    **dict.fromkeys(("recursion_loop", "recursion_depth_exceeded"), "holds itself, or nests too deep"),
    "int_parsing_size": "has too many digits",
    "set_item_not_hashable": "holds what cannot be told from others: a set holds texts, numbers and the like",
    "string_too_short": "needs at least {min_length} character{s}",
    "string_too_long": "has at most {max_length} character{s}",
    "string_pattern_mismatch": "does not match the pattern `{pattern}`",
    "string_not_ascii": "holds letters that are not ASCII",
    "bytes_too_short": "needs at least {min_length} byte{s}",
    "bytes_too_long": "has at most {max_length} byte{s}",
    "too_short": "needs at least {min_length} item{s}",
    "too_long": "has at most {max_length} item{s}",
    "url_too_long": "has at most {max_length} character{s}",
    "decimal_max_digits": "has at most {max_digits} digit{s} in all",
    "decimal_max_places": "has at most {decimal_places} digit{s} after the point",
    "decimal_whole_digits": "has at most {whole_digits} digit{s} before the point",
    "union_tag_invalid": "says in {discriminator} what it is, and that is none of {expected_tags}",
    "union_tag_not_found": "does not say what it is: that stands in {discriminator}",
    # These are about how a type was made; no value leads to them.
    **dict.fromkeys(
        ("needs_python_object", "default_factory_not_called", "missing_sentinel_error", "ellipsis_error"), ELSE
    ),
}
# What authors of validators say is theirs: an error of theirs, or one of a type of their own.
THEIRS = ("value_error", "assertion_error")
KNOWN = frozenset(get_args(ErrorType))
COUNTS = ("min_length", "max_length", "max_digits", "decimal_places", "whole_digits")


def in_words(found: Mapping[str, Any]) -> str:
    """What an error of Pydantic (one of `ValidationError.errors()`) says of the value, in our words."""
    kind, facts = str(found["type"]), dict(found.get("ctx", {}))
    if kind in THEIRS:
        return str(facts.get("error") or ELSE)
    if kind not in KNOWN:
        return str(found["msg"])
    if "input" in found and found["input"] is None and (kind.endswith("_type") or kind in ("enum", "literal_error")):
        return NULL
    template = f"has to be {EXPECTED[kind]}" if kind in EXPECTED else OTHERWISE.get(kind, ELSE)
    try:
        return template.format(**{name: _plain(fact) for name, fact in facts.items()}, s=_plural(facts))
    except KeyError:
        return ELSE


def _plural(facts: Mapping[str, Any]) -> str:
    return "" if any(facts.get(name) == 1 for name in COUNTS) else "s"


def _plain(fact: Any) -> str:
    return fact.isoformat() if isinstance(fact, date) else str(fact)
