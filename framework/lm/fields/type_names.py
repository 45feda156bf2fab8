"""What somebody meant who wrote a type that does not exist."""

from __future__ import annotations

from difflib import get_close_matches

from framework.lm.fields.field_types import Scalar, Semantic

TYPE_NAMES = (*(str(name) for name in Scalar), "Literal", "list", "dict", "Optional", *(str(name) for name in Semantic))

_ELSEWHERE = {
    "any": "str",
    "array": "list",
    "boolean": "bool",
    "choice": "Literal",
    "decimal": "float",
    "double": "float",
    "enum": "Literal",
    "integer": "int",
    "map": "dict",
    "number": "float",
    "prob": "Probability",
    "set": "list",
    "string": "str",
    "text": "str",
    "timestamp": "datetime",
    "tuple": "list",
    "vector": "Embedding",
}
_LOWER = {name.lower(): name for name in TYPE_NAMES}


def hint_for(name: str) -> str:
    """The nearest type, or all of them."""
    lower = name.lower()[:64]
    if lower == "object":
        return "write the parts in braces: `{name: str, age: int}`"
    if lower == "union":
        return "only `Optional[…]` or `… | None` may join types"
    near = _ELSEWHERE.get(lower) or next((_LOWER[match] for match in get_close_matches(lower, _LOWER, n=1)), None)
    return f"did you mean `{near}`?" if near else f"the types are {', '.join(TYPE_NAMES)} and objects in braces"
