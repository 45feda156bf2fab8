"""What this framework is imported as: `framework` in a checkout, `dspex.framework` where the package is installed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FRAMEWORK = __name__.rpartition(".")[0]
# What `resources`, `api` and the others are found below, as text before their names: nothing, or `dspex.`.
PREFIX = FRAMEWORK.removesuffix("framework")
TOP = Path(__file__).parents[1]


def is_ours(module: str) -> bool:
    """Whether the module is one of the framework's, whatever else is called `framework`."""
    return module == FRAMEWORK or module.startswith(f"{FRAMEWORK}.")


def finding_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which another interpreter finds this code: a checkout need not be installed."""
    if PREFIX:
        return dict(environment)
    paths = os.pathsep.join(filter(None, (str(TOP), environment.get("PYTHONPATH"))))
    return {**environment, "PYTHONPATH": paths}
