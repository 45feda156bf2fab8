"""The kinds of modules there are, by name, and a module of any kind as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from framework.errors import Invalid
from framework.lm.modules.acting import ReAct
from framework.lm.modules.answering import ChainOfThought, MultiChainComparison, Predict
from framework.lm.modules.custom import Custom
from framework.lm.modules.module import ModuleSpec
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.settings import PlainSettings
from framework.lm.modules.trying import BestOfN
from framework.suggest import did_you_mean

_SETTLED: tuple[type[PlainSettings], ...] = (Predict, ChainOfThought, ReAct, BestOfN, MultiChainComparison, Custom)
_PLAIN = {each.kind: each for each in _SETTLED}
KINDS = (*_PLAIN, Pipeline.kind)


def module_to_json(module: ModuleSpec) -> dict[str, Any]:
    """The module as JSON values."""
    return {"kind": module.kind, **module.settings()}


def module_from_json(data: Any) -> ModuleSpec:
    """The module that `data` spells: an object with its `kind`, or the kind alone. Raises Invalid."""
    if isinstance(data, str):
        data = {"kind": data}
    if not isinstance(data, Mapping):
        raise Invalid("a module is an object with its `kind`, or the name of one", code="wrong_type")
    kind, settings = data.get("kind", Predict.kind), {name: each for name, each in data.items() if name != "kind"}
    if kind == Pipeline.kind:
        return Pipeline.read(settings, _within_a_pipeline)
    if not isinstance(kind, str) or kind not in _PLAIN:
        hint = did_you_mean(str(kind), KINDS) or f"there are {', '.join(KINDS)}"
        says = f"there is no module `{str(kind)[:64]}`"
        raise Invalid(says, code="unknown_module", path=("kind",), params={"known": list(KINDS)}, hint=hint)
    return _PLAIN[kind].from_settings(settings)


def as_kept(module: ModuleSpec) -> ModuleSpec:
    """A module said in Python as it is when it was kept and read again; raises Invalid for what cannot be kept."""
    try:
        return module_from_json(orjson.loads(orjson.dumps(module_to_json(module))))
    except orjson.JSONEncodeError as error:
        raise Invalid(f"a module is kept as JSON: {error}", code="wrong_type", path=("module",)) from None
    except Invalid as failure:
        raise failure.under("module") from None


def _within_a_pipeline(data: Any) -> ModuleSpec:
    module = module_from_json(data)
    if isinstance(module, Pipeline):
        raise Invalid("a step is no pipeline of its own", code="too_deep", path=("kind",), hint="say its steps here")
    return module
