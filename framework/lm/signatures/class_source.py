"""The class form of a signature, written: Python that a developer can put into a module and go on from."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from typing import Any

from framework.errors import Invalid
from framework.lm.fields.annotations import pascal
from framework.lm.fields.field_types import (
    DictType,
    FieldType,
    ListType,
    LiteralType,
    ObjectType,
    OptionalType,
    Scalar,
    ScalarType,
    Semantic,
    SemanticType,
    inner_types,
)
from framework.lm.signatures.definition import MISSING, FieldDefinition, SignatureDefinition

_HOMES = {
    "Annotated": "typing",
    "Literal": "typing",
    "Field": "pydantic",
    "date": "datetime",
    "datetime": "datetime",
    "input": "framework.lm.signatures.class_form",
    "output": "framework.lm.signatures.class_form",
    "part": "framework.lm.signatures.class_form",
    **dict.fromkeys((*Semantic, "dimensions"), "framework.lm.fields.semantic_types"),
}


def to_source(definition: SignatureDefinition, name: str) -> str:
    """The module that says the signature as a class of this name."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Invalid(f"`{name[:64]}` cannot be the name of a class", code="bad_name", path=("name",))
    return _Writer(definition).module(definition, name)


class _Writer:
    """Writes one module; keeps the imports it needs and the classes of the objects."""

    def __init__(self, definition: SignatureDefinition) -> None:
        self._imports: dict[str, set[str]] = {}
        self._classes: list[str] = []
        self._class_names: set[str] = set()
        # Within a class body a field hides what is imported under its name.
        self._hidden = set(_names((*definition.inputs, *definition.outputs)))

    def module(self, definition: SignatureDefinition, name: str) -> str:
        """The whole text."""
        self._class_names.add(name)
        body = [self._field(field, "input", name) for field in definition.inputs]
        body += [self._field(field, "output", name) for field in definition.outputs]
        signature = _class(name, _docstring(definition.instructions), body)
        imports = "".join(
            f"from {home} import {', '.join(sorted(words))}\n" for home, words in sorted(self._imports.items())
        )
        return "\n\n".join([imports, *self._classes, signature])

    def _word(self, word: str) -> str:
        """A word as it is said in a class body; its import is kept."""
        home = _HOMES.get(word, "builtins")
        if word not in self._hidden:
            if home != "builtins":
                self._imports.setdefault(home, set()).add(word)
            return word
        self._imports.setdefault(home, set()).add(f"{word} as _{word}")
        return f"_{word}"

    def _field(self, field: FieldDefinition, side: str, owner: str) -> str:
        arguments = [repr(field.description)] if field.description else []
        if field.default is not MISSING:
            arguments.append(f"default={field.default!r}")
        annotation = self._type(field.type, owner + pascal(field.name))
        if side == "part" and not arguments:
            return f"{field.name}: {annotation}"
        return f"{field.name}: {annotation} = {self._word(side)}({', '.join(arguments)})"

    def _type(self, field_type: FieldType, named: str) -> str:
        match field_type:
            case ScalarType():
                return self._scalar(field_type)
            case LiteralType(values):
                return f"{self._word('Literal')}[{', '.join(repr(value) for value in values)}]"
            case ListType(item, minimum, maximum):
                plain = f"{self._word('list')}[{self._type(item, named)}]"
                return self._limited(plain, {"min_length": minimum, "max_length": maximum})
            case DictType(value):
                return f"{self._word('dict')}[{self._word('str')}, {self._type(value, named)}]"
            case OptionalType(item):
                return f"{self._type(item, named)} | None"
            case ObjectType(fields):
                return self._object(fields, named)
            case SemanticType(Semantic.EMBEDDING, size):
                vector = f"{self._word('list')}[{self._word('float')}]"
                return f"{self._word('Annotated')}[{vector}, {self._word('dimensions')}({size})]"
            case SemanticType(name):
                return self._word(str(name))

    def _scalar(self, scalar: ScalarType) -> str:
        low, high = ("min_length", "max_length") if scalar.kind is Scalar.STR else ("ge", "le")
        return self._limited(self._word(str(scalar.kind)), {low: scalar.minimum, high: scalar.maximum})

    def _limited(self, plain: str, limits: dict[str, Any]) -> str:
        arguments = [f"{name}={limit!r}" for name, limit in limits.items() if limit is not None]
        return (
            f"{self._word('Annotated')}[{plain}, {self._word('Field')}({', '.join(arguments)})]" if arguments else plain
        )

    def _object(self, fields: tuple[FieldDefinition, ...], named: str) -> str:
        name = named
        while name in self._class_names or name in self._hidden or name in _HOMES:
            name += "_"
        self._class_names.add(name)
        self._classes.append(_class(name, "", [self._field(part, "part", name) for part in fields]))
        return name


def _class(name: str, docstring: str, body: list[str]) -> str:
    lines = "".join(f"    {line}\n" for line in body)
    return f"class {name}:\n{docstring}{lines}"


def _docstring(instructions: str) -> str:
    """The instructions as a docstring, indented so that reading it takes the indentation away again."""
    if not instructions:
        return ""
    escaped = "".join(_printed(character) for character in instructions)
    if '"""' in instructions or instructions.endswith('"'):
        escaped = escaped.replace('"', '\\"')
    lines = [f"    {line}" if line else "" for line in escaped.split("\n")]
    if len(lines) == 1:
        return f'    """{escaped}"""\n\n'
    # From the second line on, so that every line carries the same indentation.
    return "\n".join(['    """', *lines, '    """\n\n'])


def _printed(character: str) -> str:
    if character in "\n ":
        return character
    if character == "\\":
        return "\\\\"
    return character if character.isprintable() else repr(character)[1:-1]


def _names(fields: Iterable[FieldDefinition]) -> Iterable[str]:
    for field in fields:
        yield field.name
        yield from _names_within(field.type)


def _names_within(field_type: FieldType) -> Iterable[str]:
    if isinstance(field_type, ObjectType):
        yield from _names(field_type.fields)
    else:
        for _, inner in inner_types(field_type):
            yield from _names_within(inner)
