"""The table of what there is of DSPy in docs/programs.md: it has every name, and says of each what is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from framework.lm.calls.adapters import ADAPTERS
from framework.lm.dspy_setup import dspy
from framework.lm.modules.catalogue import KINDS
from framework.lm.modules.steps_json import KINDS as STEPS
from framework.lm.optimize.catalogue import OPTIMIZERS

DOCUMENT = Path(__file__).parents[3] / "docs/programs.md"
# Classes that one composes programs of, though they extend none of these.
BESIDE = {"KNN", "Parallel"}
KNOWN = {"module": KINDS, "optimizer": tuple(OPTIMIZERS), "adapter": tuple(ADAPTERS), "step": tuple(STEPS.values())}


def rows() -> dict[str, str]:
    """What the table says of each name."""
    table = DOCUMENT.read_text(encoding="utf-8").partition("| DSPy's | here |\n|---|---|\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", table, re.MULTILINE))


def test_the_table_has_what_dspy_lists_and_nothing_else() -> None:
    kinds = (dspy.Module, dspy.teleprompt.Teleprompter, dspy.Adapter)
    listed: dict[str, Any] = {name: getattr(dspy, name) for name in dir(dspy)}
    found = {name for name, each in listed.items() if isinstance(each, type) and issubclass(each, kinds)}
    assert rows().keys() == found | BESIDE


@pytest.mark.parametrize(("name", "says"), rows().items())
def test_what_is_named_in_the_table_is_there(name: str, says: str) -> None:
    for word, quoted in re.findall(r"\b(module|optimizer|adapter|step)s? ((?:`\w+`(?:,| and)? ?)+)", says):
        for each in re.findall(r"`(\w+)`", quoted):
            assert each in KNOWN[word], name


def test_what_can_be_chosen_is_in_the_table() -> None:
    said = {quoted for says in rows().values() for quoted in re.findall(r"`(\w+)`", says)}
    assert {*KINDS, *OPTIMIZERS, *ADAPTERS} - {"baml"} <= said
