"""The text of a module that declares what was found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from framework.declare.resource import Resource
from framework.sql.inspection.module import ClassFound, EnumFound, ModuleFound, Word
from framework.sql.inspection.safe_names import quoted

WIDTH = 120
FRAMEWORK = (
    *("STANDARD", "Attr", "Create", "Destroy", "Domain", "Many", "OnDelete", "One", "Read", "Resource"),
    *("Update", "attribute", "belongs_to", "calculate", "check", "created_at", "exclude", "has_many", "identity"),
    *("index", "keyset"),
    *("moment", "primary_key", "sequence_key", "updated_at"),
)
# In a checkout the framework stands by itself; installed, it lies below the package, which is its front door.
ROOT = Resource.__module__.removesuffix(".declare.resource")
FRONT_DOOR = ROOT.removesuffix(".framework")
ELSEWHERE = {
    "Table": f"from {ROOT}.sql.section import Table",
    "Vector": f"from {ROOT}.types.resolve import Vector",
}
FUTURE = "from __future__ import annotations"
PYTHON = (
    ("datetime", ("date", "datetime", "timedelta")),
    ("decimal", ("Decimal",)),
    ("enum", ("StrEnum",)),
    ("typing", ("Annotated", "Any")),
    ("uuid", ("UUID", "uuid4")),
)


def written(module: ModuleFound) -> str:
    """The module, as one would write it."""
    body = "\n".join(_body(module))
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    head = ['"""The tables of a database that stood already, as they were found."""', "", FUTURE, ""]
    for package, names in PYTHON:
        wanted = [name for name in names if name in used]
        if wanted:
            head.append(f"from {package} import {', '.join(wanted)}")
    if len(head) > 4:
        head.append("")
    head += ["from pydantic import Field", ""] if "Field" in used else []
    head += _listed(f"from {FRONT_DOOR} import ", "()", [name for name in FRAMEWORK if name in used])
    head += [line for name, line in ELSEWHERE.items() if name in used]
    return "\n".join([*head, body]) + "\n"


def _body(module: ModuleFound) -> Iterator[str]:
    if module.left:
        yield ""
        yield "# Not declared:"
        yield from _remarks(module.left, "")
    for enum in module.enums:
        yield from _enum(enum)
    for each in module.classes:
        yield from _class(each)
    yield ""
    yield ""
    yield f"{module.domain.upper()} = Domain("
    yield f"    {quoted(module.domain)},"
    yield from _listed("    ", "[]", [each.name for each in module.classes], ",")
    yield "    STANDARD,"
    if module.schema is not None:
        yield "    # Tables that extensions bring have names that stand already, so they are in a schema of their own."
        yield f"    schema={quoted(module.schema)},"
    yield f"    migrations={quoted(f'{module.domain}.migrations')},"
    yield ")"


def _enum(enum: EnumFound) -> Iterator[str]:
    yield from ("", "", f"class {enum.name}(StrEnum):", f'    """{_doc(enum.says)}"""', "")
    yield from (f"    {name} = {quoted(label)}" for name, label in enum.members)


def _class(found: ClassFound) -> Iterator[str]:
    yield from ("", "", f"class {found.name}(Resource):", f'    """{_doc(found.doc)}"""', "")
    if found.guessed:
        yield "    # Guessed:"
        yield from _remarks(found.guessed, "    ")
    if found.left:
        yield "    # Left as it stands:"
        yield from _remarks(found.left, "    ")
    yield from _table(found)
    yield from _fields((*found.attributes, *found.links, *found.inverses))
    yield ""
    yield "    browse = Read(paginate=keyset())"
    if found.managed:
        if found.creates and found.accepted:
            yield from _action("create = Create", found.accepted)
        if found.changeable:
            yield from _action("update = Update", found.changeable)
        yield "    destroy = Destroy()"
    if found.rules:
        yield ""
        yield from (f"    {rule.name} = {rule.text}" for rule in found.rules)


def _fields(words: Sequence[Word]) -> Iterator[str]:
    yield from (f"    {word.name}: {word.annotation} = {word.text}" for word in words)


def _action(head: str, accepted: Sequence[str]) -> Iterator[str]:
    line = f"    {head}(accept=[{', '.join(accepted)}])"
    if len(line) <= WIDTH:
        yield line
    else:
        yield f"    {head}("
        yield from _listed("        accept=", "[]", accepted)
        yield "    )"


def _table(found: ClassFound) -> Iterator[str]:
    """What is said of the table, if anything has to be."""
    words = [quoted(found.table)] if found.table != found.derived_table else []
    if found.schema is not None:
        words.append(f"schema={quoted(found.schema)}")
    if not found.managed:
        words.append("managed=False")
    rules = [rule for word in (*found.attributes, *found.links, *found.rules) for rule in word.rules]
    names = {derived: standing for standing, derived in [*([found.key_rule] if found.key_rule else []), *rules]}
    said = [f"{quoted(derived)}: {quoted(standing)}" for derived, standing in names.items() if derived != standing]
    if said and found.managed:
        yield "    sections = ("
        yield "        Table("
        yield from (f"            {word}," for word in words)
        yield from _listed("            names=", "{}", said, ",")
        yield "        ),"
        yield "    )"
    elif words:
        yield f"    sections = (Table({', '.join(words)}),)"


def _listed(head: str, marks: str, words: Sequence[str], after: str = "") -> Iterator[str]:
    """Words in one line, or one a line where they are many."""
    # An import of few names has no parentheses.
    opened, closed = ("", "") if head.startswith("from") else (marks[0], marks[1])
    line = f"{head}{opened}{', '.join(words)}{closed}{after}"
    if len(line) <= WIDTH:
        yield line
        return
    at = re.match(" *", head)[0]  # type: ignore[index]  # it always matches
    yield f"{head}{marks[0]}"
    yield from (f"{at}    {word}," for word in words)
    yield f"{at}{marks[1]}{after}"


def _remarks(remarks: Iterable[str], at: str) -> Iterator[str]:
    """Remarks, one below the other."""
    for remark in remarks:
        yield from wrap(_line(remark), WIDTH, initial_indent=f"{at}# - ", subsequent_indent=f"{at}#   ")


def _line(text: str) -> str:
    return " ".join(text.split())


def _doc(text: str) -> str:
    plain = _line(text).replace("\\", "\\\\").replace('"""', "'''")
    return f"{plain} " if plain.endswith('"') else plain
