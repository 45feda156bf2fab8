"""Metrics as JSON: `{"kind": "exact", "fields": [{"name": "team", "weight": 2}], "params": {"absolute": 0.01}}`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from framework.errors import Invalid, Issue, Path
from framework.lm.metrics.metric_kinds import MetricKind, Tolerance
from framework.lm.metrics.metrics import MetricDefinition, MetricField
from framework.lm.signatures.definition import SignatureDefinition

_KEYS = ("kind", "fields", "params")
_PARAMS = ("absolute", "relative")


def metric_to_json(metric: MetricDefinition) -> dict[str, Any]:
    """The metric as JSON."""
    fields = [
        {"name": field.name, "weight": field.weight, **({"kind": str(field.kind)} if field.kind else {})}
        for field in metric.fields
    ]
    params = {"absolute": metric.tolerance.absolute, "relative": metric.tolerance.relative}
    return {"kind": str(metric.kind), "fields": fields, "params": params}


def metric_from_json(data: Any, *, definition: SignatureDefinition | None = None) -> MetricDefinition:
    """The metric that JSON says; with a signature, its fields have to be outputs of that.

    `fields` may also be a list of names, or an object of names and weights; left out, it is every output.
    """
    if not isinstance(data, Mapping):
        raise Invalid("a metric is an object with `kind` and `fields`", code="wrong_type")
    outputs = None if definition is None else definition.output_names
    reader = _Reader(outputs)
    metric = reader.metric(data)
    if reader.issues:
        raise Invalid.of(reader.issues)
    return metric


class _Reader:
    """Reads one metric, keeping every mistake."""

    def __init__(self, outputs: Sequence[str] | None) -> None:
        self.issues: list[Issue] = []
        self._outputs = outputs

    def metric(self, data: Mapping[str, Any]) -> MetricDefinition:
        self._keys(data, _KEYS, ())
        kind = self._kind(data.get("kind"), ("kind",))
        fields = self._fields(data.get("fields", list(self._outputs or ())))
        params = data.get("params", {})
        if not isinstance(params, Mapping):
            self._note("`params` is an object", ("params",))
            params = {}
        self._keys(params, _PARAMS, ("params",))
        limits = {name: self._amount(params[name], ("params", name)) for name in _PARAMS if name in params}
        return MetricDefinition(kind, fields, Tolerance(**limits))

    def _fields(self, data: Any) -> tuple[MetricField, ...]:
        if isinstance(data, Mapping):
            data = [{"name": name, "weight": weight} for name, weight in data.items()]
        if not isinstance(data, list | tuple) or not data:
            self._note("`fields` names at least one output", ("fields",), code="no_fields")
            return ()
        fields = tuple(self._field(item, ("fields", position)) for position, item in enumerate(data))
        names = [field.name for field in fields]
        for position, name in enumerate(names):
            if name in names[:position]:
                self._note(f"`{name}` is said twice", ("fields", position, "name"), code="duplicate_name")
        return fields

    def _field(self, data: Any, path: Path) -> MetricField:
        given = {"name": data} if isinstance(data, str) else data
        if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
            self._note("a field is a name, or an object with its `name`", path)
            return MetricField("unread")
        self._keys(given, ("name", "weight", "kind"), path)
        self._known(given["name"], path)
        weight = self._amount(given.get("weight", 1.0), (*path, "weight"))
        if weight == 0:
            self._note("a weight is more than 0", (*path, "weight"), code="bad_weight")
        own = None if given.get("kind") is None else self._kind(given["kind"], (*path, "kind"))
        return MetricField(given["name"], weight, own)

    def _known(self, name: str, path: Path) -> None:
        if self._outputs is not None and name not in self._outputs:
            near = get_close_matches(name, self._outputs, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the outputs are {', '.join(self._outputs)}"
            self._note(f"there is no output `{name[:64]}`", (*path, "name"), code="unknown_field", hint=hint)

    def _kind(self, data: Any, path: Path) -> MetricKind:
        if data in list(MetricKind):
            return MetricKind(data)
        near = get_close_matches(str(data)[:64], list(MetricKind), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"the kinds are {', '.join(MetricKind)}"
        self._note(f"there is no metric `{str(data)[:64]}`", path, code="unknown_kind", hint=hint)
        return MetricKind.EXACT

    def _amount(self, data: Any, path: Path) -> float:
        """A number from 0 on; a million is more than any weight or tolerance needs, and sums stay finite."""
        if isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data) and 0 <= data <= 1e6:
            return float(data)
        self._note(f"`{path[-1]}` is a number from 0 to 1000000", path, code="out_of_range")
        return 1.0

    def _keys(self, data: Mapping[str, Any], known: Sequence[str], path: Path) -> None:
        for key in data:
            if key not in known:
                self._note(f"`{str(key)[:64]}` means nothing here", (*path, str(key)[:64]), code="unknown_key")

    def _note(self, message: str, path: Path, *, code: str = "wrong_type", hint: str | None = None) -> None:
        self.issues.append(Issue(code, message, path, {}, hint))
