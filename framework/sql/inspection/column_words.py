"""A column in words of ours: the annotation, and what `attribute(…)` says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from framework.sql.inspection.catalog import ColumnFound
from framework.sql.inspection.conditions import Unsayable
from framework.sql.inspection.safe_names import quoted

# By PostgreSQL's word: ours, and whether the column's type has to be said.
PLAIN = {
    "smallint": ("int", True),
    "integer": ("int", True),
    "bigint": ("int", False),
    "real": ("float", True),
    "double precision": ("float", False),
    "boolean": ("bool", False),
    "uuid": ("UUID", False),
    "date": ("date", False),
    "interval": ("timedelta", False),
    "timestamp without time zone": ("datetime", True),
    "timestamp with time zone": ("datetime", False),
    "json": ("Any", True),
    "jsonb": ("Any", False),
    "numeric": ("Decimal", False),
}
TIMED = re.compile(r"timestamp\((\d)\) (with(?:out)?) time zone")
NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
TEXT = re.compile(r"(text|character varying|character|bpchar)(?:\((\d+)\))?")
VECTOR = re.compile(r"vector\((\d+)\)")
ITEMS = {"text": "str", "character varying": "str", **{name: kind for name, (kind, _) in PLAIN.items()}}
UNSAID_ITEMS = ("json", "jsonb", "timestamp without time zone", "interval")
BY_CODE_POINT = "C"
NOW = re.compile(r"(now\(\)|CURRENT_TIMESTAMP|statement_timestamp\(\)|clock_timestamp\(\)|transaction_timestamp\(\))$")
MADE_UUID = re.compile(r"(\w+\.)?(gen_random_uuid|uuid_generate_v4|uuidv7|uuidv4)\(\)")
CONSTANT = re.compile(r"\(?'((?:[^']|'')*)'(?:::[\w .\"()\[\]]+)?\)?")
NUMBER = re.compile(r"\(?'?(-?\d+(?:\.\d+)?)'?\)?(?:::[\w .()]+)?")
Words = Mapping[str, str]


def type_words(column: ColumnFound, enums: Mapping[tuple[str, str], str]) -> tuple[str, dict[str, str]]:
    """The annotation without None, and the words that say its column; raises Unsayable."""
    if column.enum_name is not None and column.enum_schema is not None:
        name = enums.get((column.enum_schema, column.enum_name))
        if name is None:
            raise Unsayable(f"an enum `{column.enum_name}` with such labels")
        schema = "" if column.enum_schema == "public" else f"{column.enum_schema}."
        return name, {"column_type": quoted(f"{schema}{column.enum_name}")}
    if column.collation not in (None, BY_CODE_POINT):
        raise Unsayable(f"a text with the collation `{column.collation}`")
    if column.type in PLAIN:
        kind, said = PLAIN[column.type]
        return kind, {"column_type": quoted(_short(column.type))} if said else {}
    if column.type.endswith("[]"):
        return _array(column.type.removesuffix("[]"))
    if found := TEXT.fullmatch(column.type):
        by_code_point = column.collation == BY_CODE_POINT and found[1] == "text"
        return "str", {} if by_code_point else {"column_type": quoted(_short(column.type))}
    if found := NUMERIC.fullmatch(column.type):
        return "Decimal", {"max_digits": found[1], "decimal_places": found[2]}
    if found := TIMED.fullmatch(column.type):
        return "datetime", {"column_type": quoted(f"timestamp{'tz' if found[2] == 'with' else ''}({found[1]})")}
    if found := VECTOR.fullmatch(column.type):
        return "Vector", {"dimensions": found[1]}
    raise Unsayable(f"the type {column.type}")


def default_words(column: ColumnFound, kind: str, members: Mapping[str, str]) -> dict[str, str]:
    """The word for what the column is where nothing is said; `members` are those of its enum by their labels.

    Raises Unsayable for a default that no word of ours says.
    """
    default = column.default
    if default is None or default.startswith("NULL"):
        return {} if column.required else {"default": "None"}
    if kind == "datetime" and NOW.match(default):
        return {"default": "moment()"}
    if kind == "UUID" and MADE_UUID.fullmatch(default):
        return {"default_factory": "uuid4"}
    if kind == "bool" and default in ("true", "false"):
        return {"default": default.capitalize()}
    if kind in ("int", "float", "Decimal") and (number := NUMBER.fullmatch(default)):
        return {"default": f'Decimal("{Decimal(number[1])}")' if kind == "Decimal" else number[1]}
    text = CONSTANT.fullmatch(default)
    plain = None if text is None else text[1].replace("''", "'")
    if plain in ("{}", "[]") and (kind.startswith("list") or kind == "Any"):
        return {"default_factory": "list" if kind != "Any" or plain == "[]" else "dict"}
    if plain is not None and plain in members:
        return {"default": members[plain]}
    if plain is not None and kind == "str":
        return {"default": quoted(plain)}
    raise Unsayable(f"the default {default}")


def _array(item: str) -> tuple[str, dict[str, str]]:
    plain = re.sub(r"\(.*\)", "", item)
    if plain not in ITEMS or plain in UNSAID_ITEMS:
        raise Unsayable(f"the type {item}[]")
    return f"list[{ITEMS[plain]}]", {"column_type": quoted(f"{_short(item)}[]")}


def _short(name: str) -> str:
    """The type as people write it."""
    plain = {
        "timestamp without time zone": "timestamp",
        "timestamp with time zone": "timestamptz",
    }.get(name, name)
    return plain.replace("character varying", "varchar").replace("character(", "char(")
