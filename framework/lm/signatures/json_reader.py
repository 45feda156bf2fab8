"""The JSON form of a signature, read: each key known, each value of its type, each mistake noted with its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framework.errors import Invalid, Issue, Path
from framework.lm.fields.field_types import (
    MISSING,
    TEXT,
    DictType,
    FieldDefinition,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
)
from framework.lm.fields.type_names import hint_for
from framework.lm.fields.type_rules import DEEPEST
from framework.lm.signatures.grammar import parse_type

_KEYS_OF_FIELD = ("name", "type", "description", "default")


class JsonReader:
    """Reads definitions from JSON, keeping the mistakes; what is wrong is replaced, so that reading goes on."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def note(self, message: str, path: Path, *, code: str = "wrong_type", hint: str | None = None) -> None:
        """Keep a mistake."""
        self.issues.append(Issue(code, message, path, {}, hint))

    def keys(self, data: Mapping[str, Any], known: Sequence[str], path: Path) -> None:
        """Note the keys that mean nothing."""
        for key in data:
            if key not in known:
                self.note(f"`{str(key)[:64]}` means nothing here", (*path, str(key)[:64]), code="unknown_key")

    def text(self, data: Mapping[str, Any], key: str, path: Path) -> str:
        """The text under a key, empty if it is not said."""
        value = data.get(key, "")
        if not isinstance(value, str):
            self.note(f"`{key}` is text", (*path, key))
            return ""
        return value

    def fields(self, data: Any, path: Path, *, depth: int = 1) -> tuple[FieldDefinition, ...]:
        """The fields in a list."""
        if not isinstance(data, list | tuple):
            self.note("a list of fields is expected", path)
            return ()
        return tuple(self._field(item, (*path, position), depth) for position, item in enumerate(data))

    def type(self, data: Any, path: Path, *, depth: int) -> FieldType:
        """A type: an object with its `kind`, or its text (`"list[str][..5]"`)."""
        if depth > DEEPEST:
            raise Invalid(f"types nest at most {DEEPEST} deep", code="too_deep", path=path)
        if isinstance(data, str):
            return self._type_text(data, path)
        if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str):
            self.note('a type is an object with its `kind`, or text such as "list[str]"', path)
            return TEXT
        kind = data["kind"]
        if kind in list(Scalar):
            self.keys(data, ("kind", "minimum", "maximum"), path)
            return ScalarType(Scalar(kind), self._number(data, "minimum", path), self._number(data, "maximum", path))
        if kind in list(Semantic):
            self.keys(data, ("kind", "size"), path)
            return SemanticType(Semantic(kind), self._whole(data, "size", path))
        return self._composed(kind, data, path, depth)

    def _composed(self, kind: str, data: Mapping[str, Any], path: Path, depth: int) -> FieldType:
        match kind:
            case "Literal":
                self.keys(data, ("kind", "values"), path)
                return LiteralType(self._values(data.get("values"), (*path, "values")))
            case "list":
                self.keys(data, ("kind", "item", "min_length", "max_length"), path)
                item = self.type(data.get("item"), (*path, "item"), depth=depth + 1)
                return ListType(item, self._whole(data, "min_length", path), self._whole(data, "max_length", path))
            case "dict":
                self.keys(data, ("kind", "value"), path)
                return DictType(self.type(data.get("value"), (*path, "value"), depth=depth + 1))
            case "Optional":
                self.keys(data, ("kind", "item"), path)
                return OptionalType(self.type(data.get("item"), (*path, "item"), depth=depth + 1))
            case "object":
                self.keys(data, ("kind", "fields"), path)
                return ObjectType(self.fields(data.get("fields"), (*path, "fields"), depth=depth + 1))
        self.note(f"there is no type `{kind[:64]}`", (*path, "kind"), code="unknown_type", hint=hint_for(kind))
        return TEXT

    def _field(self, data: Any, path: Path, depth: int) -> FieldDefinition:
        if not isinstance(data, Mapping):
            self.note("a field is an object with a `name` and a `type`", path)
            return FieldDefinition("unread", TEXT)
        self.keys(data, _KEYS_OF_FIELD, path)
        name = self.text(data, "name", path)
        field_type = self.type(data.get("type", "str"), (*path, "type"), depth=depth)
        return FieldDefinition(name, field_type, self.text(data, "description", path), data.get("default", MISSING))

    def _type_text(self, text: str, path: Path) -> FieldType:
        try:
            return parse_type(text)
        except Invalid as invalid:
            self.issues.extend(issue.under(*path) for issue in invalid.issues)
            return TEXT

    def _number(self, data: Mapping[str, Any], key: str, path: Path) -> float | None:
        value = data.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.note(f"`{key}` is a number", (*path, key))
        return None

    def _whole(self, data: Mapping[str, Any], key: str, path: Path) -> int | None:
        value = data.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.note(f"`{key}` is an integer", (*path, key))
        return None

    def _values(self, data: Any, path: Path) -> tuple[str | int | bool, ...]:
        if isinstance(data, list | tuple) and all(isinstance(value, str | int) for value in data):
            return tuple(data)
        self.note("a Literal lists strings, integers and booleans", path)
        return ("unread",)
