from __future__ import annotations

import pytest

from framework.errors import Invalid
from framework.lm.programs.tools import AllowedTools

HERE = "tests.framework.lm.toolbox"


def test_an_allowed_function_is_loaded() -> None:
    [add] = AllowedTools((f"{HERE}:*",)).load([f"{HERE}:add"])
    assert add(1, 2) == 3


def test_nothing_else_is_even_imported() -> None:
    with pytest.raises(Invalid) as caught:
        AllowedTools((f"{HERE}:add",)).load([f"{HERE}:add", "os:system", "this:s"])
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [
        ("tool_not_allowed", ("tools", 1)),
        ("tool_not_allowed", ("tools", 2)),
    ]


@pytest.mark.parametrize("name", ["nothing", "NUMBER"])
def test_a_reference_to_no_function_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        AllowedTools((f"{HERE}:*",)).load([f"{HERE}:{name}"])
    assert caught.value.issues[0].code == "tool_not_found"
