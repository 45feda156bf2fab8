"""Names of tables and columns as names of classes and attributes that Python and the framework take."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection

from framework.compiler.verifiers.reserved_names import EXPRESSION, RECORD, TRANSPORT
from framework.naming import IRREGULAR, pascal, snake

TAKEN = TRANSPORT | RECORD | EXPRESSION
SINGULAR = {plural: one for one, plural in IRREGULAR.items()} | {"addresses": "address", "series": "series"}
HISSING = re.compile(r"(ss|x|z|ch|sh)es$")


def attribute_name(column: str, taken: Collection[str] = ()) -> str:
    """A name for the value of a column that nothing has yet."""
    name = _words(column) or "column"
    name = f"n_{name}" if name[0].isdigit() else name
    if name in TAKEN or keyword.iskeyword(name):
        name = f"{name}_value"
    return free(name, taken)


def class_name(table: str, taken: Collection[str] = ()) -> str:
    """The singular of a table's name as that of a class that nothing has yet."""
    *head, last = (_words(table) or "table").split("_")
    name = pascal("_".join([*head, singular(last)]))
    name = f"T{name}" if name[0].isdigit() else name
    return f"{name}Record" if name in taken else name


def member_name(label: str, taken: Collection[str] = ()) -> str:
    """The name of an enum's member for a label."""
    name = _words(label).upper() or "EMPTY"
    name = f"N_{name}" if name[0].isdigit() else name
    return free(f"{name}_" if name.lower() in ("mro", "name", "value") else name, taken)


def singular(word: str) -> str:
    """One of what the plural is of, as far as a rule tells."""
    if word in SINGULAR:
        return SINGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if HISSING.search(word):
        return word[:-2]
    return word if re.search(r"(ss|us|is)$", word) or not word.endswith("s") else word[:-1]


def quoted(text: str) -> str:
    """A text as one writes it in Python."""
    plain = repr(text)
    if not plain.startswith("'") or '"' in plain:
        return plain
    return '"' + plain[1:-1].replace("\\'", "'") + '"'


def free(name: str, taken: Collection[str]) -> str:
    """The name, or with a number after it where it is taken."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _words(name: str) -> str:
    ascii_only = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return re.sub(r"_+", "_", snake(ascii_only)).strip("_")
