import json
from typing import Any

import pytest

from framework.types.json_text import DEEPEST, read_json, write_json


@pytest.mark.parametrize("text", ["1e400", "NaN", "[Infinity]", '{"\\ud800": 1}', '"\\udfff"', "1" * 5000, "[" * 2000])
def test_what_is_no_json_or_no_number_is_refused(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json(text)


@pytest.mark.parametrize("number", ["1", "1" * 20])
def test_what_nests_too_deep_is_refused_whatever_numbers_it_holds(number: str) -> None:
    """A long number is read by the slower reader, which failed on what nests deep."""
    assert read_json("[" * DEEPEST + number + "]" * DEEPEST)
    for levels in (DEEPEST + 1, 940, 1000):
        with pytest.raises(json.JSONDecodeError, match="nested too deep: at most 128 levels are read"):
            read_json("[" * levels + number + "]" * levels)


@pytest.mark.parametrize("inner", ["{}", "[]", "1", '{"a": 1}'])
def test_every_list_and_object_is_a_level(inner: str) -> None:
    more = inner != "1"
    read_json('{"a": ' * (DEEPEST - more) + inner + "}" * (DEEPEST - more))
    with pytest.raises(json.JSONDecodeError, match="nested too deep"):
        read_json('{"a": ' * (DEEPEST + 1 - more) + inner + "}" * (DEEPEST + 1 - more))


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30, -(10**30)])
def test_a_whole_number_is_read_exactly_however_long(number: int) -> None:
    assert read_json(f'{{"a": [{number}, "é"]}}'.encode()) == {"a": [number, "é"]}


@pytest.mark.parametrize("value", [10**30, "\ud800", {"a": [1.5, None, "é"]}])
def test_whatever_was_kept_can_be_written(value: Any) -> None:
    assert json.loads(write_json(value)) == value


def test_what_nests_deeper_than_orjson_writes_is_written() -> None:
    value: Any = 1
    for _ in range(300):
        value = [value]
    assert json.loads(write_json({"data": value})) == {"data": value}
