"""DSPy, imported once and quietly: the only module that says `import dspy`.

What has to be in the environment before the first import is set here: no price map from the network, no disk
cache, no progress bars. Optimizers also print what our observers report as events; their `print` is silenced.
All that is changed belongs to DSPy, as do the three things that are set in it elsewhere, where they are made: its cache
(`calls/context_cache.py`), the providers of our models (`models/language_model.py`), and the client that asks them
(`models/bounded_transport.py`).
"""

from __future__ import annotations

import importlib
import os
import time
from typing import Any

# The environment is set, not read: these libraries can be told in no other way.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "true"
os.environ["TQDM_DISABLE"] = "1"

import dspy as _dspy

dspy: Any = _dspy
lm15: Any = dspy.lm15
Adapter: Any = dspy.Adapter
BaseCallback: Any = _dspy.utils.callback.BaseCallback
callback_context: Any = importlib.import_module("dspy.utils.callback_context")

_PRINTING = (
    "dspy.propose.grounded_proposer",
    "dspy.propose.dataset_summary_generator",
    "dspy.teleprompt.bootstrap",
    "dspy.teleprompt.random_search",
    "dspy.teleprompt.utils",
)

dspy.disable_logging()
# Only the first thread (and task) that configures may do so, so it is done at import and never again; everything
# that belongs to one call is said by `dspy.context`.
dspy.configure(disable_history=True, trace=[], provide_traceback=False)
for _name in _PRINTING:
    vars(importlib.import_module(_name))["print"] = lambda *_, **__: None
_evaluate: Any = importlib.import_module("dspy.evaluate.evaluate")
_ParallelExecutor: Any = _evaluate.ParallelExecutor


def _executor(**options: Any) -> Any:
    """DSPy's executor without its progress bar, and without asking a second time for what takes two minutes."""
    return _ParallelExecutor(**{**options, "disable_progress_bar": True, "timeout": 0})


_evaluate.ParallelExecutor = _executor

DEADLINE = "dspex_deadline"
# Under which the settings of a call have the memory of the run that it is part of.
REPLAY = "dspex_replay"
_execution: Any = importlib.import_module("dspy.clients.execution")
_usual_delay: Any = _execution._delay  # noqa: SLF001 - DSPy has no word for it


def _delay(error: Exception, attempt: int) -> float:
    """How long to wait before a call is tried again; a wait that ends too late is not begun, and the error told."""
    delay: float = _usual_delay(error, attempt)
    deadline: float | None = _dspy.settings.get(DEADLINE)
    if deadline is not None and time.monotonic() + delay > deadline:
        raise error
    return delay


_execution._delay = _delay  # noqa: SLF001
