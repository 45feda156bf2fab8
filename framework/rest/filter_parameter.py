"""The filter of a query string, in brackets or as JSON, as one tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.errors import Invalid
from framework.rest.parameters import MAX_STEPS, Parameters, loads
from framework.wire.operands import Text
from framework.wire.operators import COMPARISONS, MATCHES

LISTS = ("and", "or")
LISTED = ("in", "not_in")
OPERATORS = frozenset({*COMPARISONS, *MATCHES, *LISTED, "is_null"})


def filter_tree(parameters: Parameters) -> Mapping[str, Any]:
    """The tree that both forms mean together; empty when there is none. Raises Invalid."""
    text = parameters.one("filter")
    written = None if text is None else loads(text, "filter")
    root: dict[str, Any] = {}
    for steps, texts in parameters.bracketed.get("filter", {}).items():
        _put(root, steps, texts)
    drawn = _with_lists(root)
    if written is None:
        return drawn if isinstance(drawn, Mapping) else {}
    return {"and": [written, drawn]} if drawn else _object(written)


def _object(written: Any) -> Mapping[str, Any]:
    if not isinstance(written, Mapping):
        raise Invalid("a filter is an object of conditions by name", code="object_expected", path=("filter",))
    return written


def _put(tree: dict[str, Any], steps: tuple[str, ...], texts: list[Text]) -> None:
    path = ("filter", *steps)
    # `filter[state][in][]=a` is how some clients say that a value is a list.
    named = steps[:-1] if steps[-1] == "" else steps
    if not named or "" in named or len(named) > MAX_STEPS:
        raise Invalid("a filter in brackets is written `filter[name][eq]=…`", code="bad_filter", path=("filter",))
    *way, last = named
    for step in way:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise Invalid(f"`{step}` is given a value and conditions", code="repeated", path=path)
    if last in tree or (last not in LISTED and len(texts) > 1):
        raise Invalid(f"`{last}` is given more than once", code="repeated", path=path)
    tree[last] = _written(last, texts, steps)


def _written(name: str, texts: list[Text], steps: tuple[str, ...]) -> Any:
    """What stands behind the last name: an operand if that is an operator, else conditions as JSON."""
    if name not in OPERATORS:
        return loads(texts[0], "filter") if texts[0].lstrip().startswith(("{", "[")) else texts[0]
    if name not in LISTED:
        return texts[0]
    if len(texts) > 1 or steps[-1] == "":
        return texts
    # Many clients write every comma as `%2C`, so one in a value can only be said as JSON or by repeating.
    return loads(texts[0], "filter") if texts[0].startswith("[") else [Text(part) for part in texts[0].split(",")]


def _with_lists(tree: Any) -> Any:
    """`{"or": {"0": …, "1": …}}` as the list it means."""
    if not isinstance(tree, dict):
        return tree
    inner = {name: _with_lists(value) for name, value in tree.items()}
    for name in LISTS:
        items = inner.get(name)
        if isinstance(items, dict) and all(step.isdecimal() for step in items):
            inner[name] = [items[step] for step in sorted(items, key=int)]
    return inner
