from __future__ import annotations

import subprocess
import sys

import framework.lm

HEAVY = ("dspy", "scipy", "numpy", "litellm", "optuna")


def test_the_light_modules_load_nothing_heavy() -> None:
    listed = (framework.lm.__doc__ or "").partition("Light: ")[2].partition(".\n")[0]
    light = listed.replace("\n", " ").split(", ")
    imports = "; ".join(f"import framework.lm.{name.strip()}" for name in light)
    script = f"import sys; {imports}; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert len(light) > 15
    assert found.stdout.strip() == "[]"


def test_running_programs_never_loads_litellm_nor_scipy() -> None:
    script = "import framework.lm.optimize.optimize, sys; print({'litellm', 'scipy'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
