"""JSON that means the same to every reader, or is refused."""

from __future__ import annotations

import pytest

from framework.types.json_values import DEEPEST
from resources.datasets.json_line import BadLine, read_json_line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": NaN}', "is not JSON: NaN is no number there"),
        ('{"a": [-Infinity]}', "is not JSON: -Infinity is no number there"),
        ('{"a": {"q": 1, "q": 2}}', 'says "q" twice in one object'),
        ("[" * 100_000 + "]" * 100_000, f"nests more than {DEEPEST} deep"),
        ('{"a": 1', "is not JSON: Expecting ',' delimiter at column 8"),
    ],
)
def test_what_others_would_refuse_or_read_otherwise_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadLine) as refused:
        read_json_line(text)
    assert str(refused.value) == says


def test_what_is_json_is_read() -> None:
    text = '{"a": [1, -2.5, 1e3, true, null, "x\\u2028"], "b": {"c": 9223372036854775807}}'
    assert read_json_line(text) == {"a": [1, -2.5, 1000.0, True, None, "x\u2028"], "b": {"c": 2**63 - 1}}
    assert read_json_line("[" * DEEPEST + "]" * DEEPEST) is not None
