"""A small data set to work with, as JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from framework.lm.evaluation.evaluation import Example
from tests.framework.lm.triage import examples

SPLITS = (("train", 24), ("validation", 12), ("test", 12))


def lines(*items: dict[str, Any]) -> str:
    """The items, a line each."""
    return "\n".join(json.dumps(item) for item in items)


def tickets(**count: int) -> str:
    """So many tickets of each split (24, 12 and 12, if nothing is said)."""
    wanted = {name: count.get(name, 0 if count else usual) for name, usual in SPLITS}
    found: Sequence[Example] = examples(sum(wanted.values()))
    splits = [name for name, number in wanted.items() for _ in range(number)]
    return lines(
        *(
            {"key": example.key, "inputs": dict(example.inputs), "labels": dict(example.outputs), "split": split}
            for example, split in zip(found, splits, strict=True)
        )
    )
