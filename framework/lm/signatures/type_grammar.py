"""Types and fields in a signature text; an object holds fields, so the two are read together."""

from __future__ import annotations

from dataclasses import replace

from framework.errors import Path
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
from framework.lm.signatures.token_reader import TokenReader
from framework.lm.signatures.tokens import Token, TokenKind
from framework.lm.signatures.value_grammar import read_number, read_value

_NOTHING = ("None", "null")
_COMPOSED = ("Literal", "list", "dict", "Optional")


def read_fields(reader: TokenReader, path: Path, *, depth: int = 1) -> tuple[FieldDefinition, ...]:
    """Fields up to the arrow, the closing brace or the end; a comma after the last one does no harm."""
    fields: list[FieldDefinition] = []
    reader.mark(path)
    while not (reader.sees("->") or reader.sees("}") or reader.token.kind is TokenKind.END):
        fields.append(_read_field(reader, (*path, len(fields)), depth))
        if not reader.takes(","):
            break
    return tuple(fields)


def read_type(reader: TokenReader, path: Path, *, depth: int = 1) -> FieldType:
    """One type, and `| None` if nothing will do as well."""
    if depth > DEEPEST:
        reader.refuse(f"types nest at most {DEEPEST} deep", code="too_deep")
    reader.mark(path)
    start = reader.token
    found = _read_inner(reader, path, depth)
    while reader.sees("|"):
        bar = reader.take()
        if reader.token.text not in _NOTHING:
            message = "a value has one type: only `| None` may follow"
            reader.refuse(message, at=bar, hint="write a Literal, or an object with optional parts")
        reader.take()
        if isinstance(found, OptionalType):
            reader.refuse("the type is optional already", at=bar)
        reader.mark((*path, "item"), start)
        found = OptionalType(found)
    return found


def _read_field(reader: TokenReader, path: Path, depth: int) -> FieldDefinition:
    name = reader.take()
    if name.kind is not TokenKind.NAME:
        reader.refuse(f"a name is expected, not {name}", at=name)
    reader.mark(path, name)
    reader.mark((*path, "name"), name)
    reader.mark((*path, "type"), name)
    field = FieldDefinition(name.text, TEXT)
    if reader.takes(":"):
        field = replace(field, type=read_type(reader, (*path, "type"), depth=depth))
    if reader.takes("="):
        reader.mark((*path, "default"))
        field = replace(field, default=read_value(reader))
    if reader.token.kind is TokenKind.STRING:
        reader.mark((*path, "description"))
        field = replace(field, description=reader.take().value)
    _check_end(reader, field)
    return field


def _check_end(reader: TokenReader, field: FieldDefinition) -> None:
    """What follows a field begins another one or ends the list; anything else is a common slip, named."""
    token = reader.token
    if token.kind is TokenKind.END or token.text in (",", "->", "}"):
        return
    if token.text == "=":
        reader.refuse("the default is said once" if field.default is not MISSING else "the description stands last")
    if token.text == "[":
        reader.refuse("`str`, `int`, `float` and lists take one range, other types none", code="bad_limit")
    if token.kind is TokenKind.STRING:
        reader.refuse("the description is said once")
    if token.kind is TokenKind.NAME:
        reader.refuse(f"a comma is missing before {token}")
    reader.refuse(f"{token} cannot follow the field `{field.name}`")


def _read_inner(reader: TokenReader, path: Path, depth: int) -> FieldType:
    if reader.sees("{"):
        return _read_object(reader, path, depth)
    name = reader.take()
    if name.kind is not TokenKind.NAME:
        reader.refuse(f"a type is expected, not {name}", at=name)
    if name.text in list(Scalar):
        return ScalarType(Scalar(name.text), *_read_range(reader))
    if name.text in _COMPOSED:
        return _read_composed(reader, name, path, depth)
    if name.text in list(Semantic):
        return SemanticType(Semantic(name.text), _read_size(reader) if name.text == Semantic.EMBEDDING else None)
    return _unknown(reader, name)


def _read_composed(reader: TokenReader, name: Token, path: Path, depth: int) -> FieldType:
    match name.text:
        case "Literal":
            return _read_literal(reader)
        case "list":
            return _read_list(reader, path, depth)
        case "dict":
            return _read_dict(reader, path, depth)
        case _:
            reader.expect("[", "after `Optional`")
            optional = OptionalType(read_type(reader, (*path, "item"), depth=depth + 1))
            reader.expect("]", "after the type of an `Optional`")
            return optional


def _read_object(reader: TokenReader, path: Path, depth: int) -> ObjectType:
    reader.expect("{", "before the parts of an object")
    fields = read_fields(reader, (*path, "fields"), depth=depth + 1)
    reader.expect("}", "after the parts of an object")
    return ObjectType(fields)


def _read_literal(reader: TokenReader) -> LiteralType:
    values: list[str | int | bool] = []
    reader.expect("[", "after `Literal`")
    while not reader.takes("]"):
        token = reader.token
        value = read_value(reader)
        if not isinstance(value, str | int):
            reader.refuse("a Literal lists strings, integers and booleans", at=token, code="bad_literal")
        values.append(value)
        if not reader.takes(","):
            reader.expect("]", "after the values of a Literal")
            break
    return LiteralType(tuple(values))


def _read_list(reader: TokenReader, path: Path, depth: int) -> ListType:
    if not reader.takes("["):
        reader.refuse("a list says what it holds", hint="write `list[str]`")
    item = read_type(reader, (*path, "item"), depth=depth + 1)
    reader.expect("]", "after the type of a list")
    first = reader.token
    minimum, maximum = _read_range(reader)
    if isinstance(minimum, float) or isinstance(maximum, float):
        reader.refuse("the limits of a length are integers", at=first, code="bad_limit")
    return ListType(item, minimum, maximum)


def _read_dict(reader: TokenReader, path: Path, depth: int) -> DictType:
    if not reader.takes("["):
        reader.refuse("a dict says what it holds", hint="write `dict[str, str]`")
    key = reader.take()
    if key.text != "str":
        reader.refuse("the names in a dict are strings", at=key, hint="write `dict[str, …]`")
    reader.expect(",", "after `str` in a dict")
    value = read_type(reader, (*path, "value"), depth=depth + 1)
    reader.expect("]", "after the type of a dict")
    return DictType(value)


def _read_size(reader: TokenReader) -> int:
    if not reader.takes("["):
        reader.refuse("an Embedding says its dimensions", hint="write `Embedding[384]`")
    number = reader.take()
    if number.kind is not TokenKind.NUMBER or not number.text.isdigit():
        reader.refuse(f"a number of dimensions is expected, not {number}", at=number)
    reader.expect("]", "after the dimensions of an Embedding")
    return int(number.text)


def _read_range(reader: TokenReader) -> tuple[int | float | None, int | float | None]:
    """The limits in brackets, where there are any."""
    if not reader.sees("["):
        return None, None
    opening = reader.take()
    minimum = _read_limit(reader)
    if not reader.takes(".."):
        reader.refuse("a range is two limits with `..` between them", hint="write `[1..10]`, `[1..]` or `[..10]`")
    maximum = _read_limit(reader)
    if minimum is None and maximum is None:
        reader.refuse("a range says one limit at least", at=opening, code="bad_limit")
    reader.expect("]", "after a range")
    return minimum, maximum


def _read_limit(reader: TokenReader) -> int | float | None:
    return read_number(reader, reader.take()) if reader.token.kind is TokenKind.NUMBER else None


def _unknown(reader: TokenReader, name: Token) -> FieldType:
    """Note a type nobody knows, pass over its brackets, and read on to find what else is wrong."""
    reader.note(f"there is no type {name}", at=name, code="unknown_type", hint=hint_for(name.text))
    if reader.takes("["):
        open_brackets = 1
        while open_brackets and reader.token.kind is not TokenKind.END:
            open_brackets += {"[": 1, "]": -1}.get(reader.take().text, 0)
    return TEXT
