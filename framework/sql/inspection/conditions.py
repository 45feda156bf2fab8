"""A condition as PostgreSQL writes it, as an expression of ours in Python: comparisons, lists, absence, and, or, not.

Whatever else is in it, it is not said: `Unsayable` tells what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from framework.sql.inspection.safe_names import quoted

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?(?:E\+\d+)?)|(?P<quoted>\"(?:[^\"]|\"\")+\")|"
    r"(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>::|<>|<=|>=|!~~\*?|~~\*?|!?~\*?|\|\||[-+*/=<>(),.\[\]]))"
)
CAST = re.compile(
    r"::(?:character varying|double precision|text|bpchar|character|numeric|integer|bigint|smallint|real|date|boolean|"
    r"timestamp with(?:out)? time zone)(?:\(\d+(?:,\d+)?\))?(?:\[\])?"
)
# A constant that PostgreSQL writes as a text: 1e6, or a number below zero.
NUMBER = re.compile(r"(?<!')'(-?\d+(?:\.\d+)?)'::(numeric|double precision|real|integer|bigint|smallint)\b")
COMPARES = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
LENGTHS = ("length", "char_length", "character_length")
CASES = ("lower", "upper")
MATCHES = {"~~": "{}.like({})", "~~*": "{}.ilike({})", "!~~": "~{}.like({})", "!~~*": "~{}.ilike({})"}
Members = Mapping[str, Mapping[str, str]]


class Unsayable(ValueError):
    """What no word of ours says."""


class StrangeColumn(Unsayable):
    """A column that no attribute is kept in, of which an expression can speak."""

    def __init__(self, column: str) -> None:
        super().__init__(f"the column `{column}`")
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a condition: what it is, and as it is written."""

    kind: str
    text: str


def condition_in_python(written: str, names: Mapping[str, str], members: Members) -> str:
    """The expression; `names` are the attributes by their columns, `members` those of enums by type and label.

    Raises Unsayable.
    """
    parser = _Parser([*_tokens(CAST.sub("", NUMBER.sub(_number, written)))], names, members)
    found = parser.either()
    if parser.rest:
        raise Unsayable(f"`{parser.rest[0].text}`")
    return _bare(found)


def _number(found: re.Match[str]) -> str:
    """The constant by itself; a whole one that is a decimal is one to PostgreSQL only by its exponent."""
    number, kind = found.groups()
    if kind == "numeric" and "." not in number and number.strip("-0"):
        return str(Decimal(number).normalize())
    return number


def _tokens(written: str) -> Iterator[Token]:
    place = 0
    while written[place:].strip():
        found = TOKEN.match(written, place)
        if found is None:
            raise Unsayable(f"`{written[place:].strip().split()[0]}`")
        place = found.end()
        assert found.lastgroup is not None
        yield Token(found.lastgroup, found[found.lastgroup])


class _Parser:
    """What is left to read."""

    def __init__(self, rest: list[Token], names: Mapping[str, str], members: Members) -> None:
        self.rest, self.names, self.members = rest, names, members

    def either(self) -> str:
        """`a OR b`."""
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else " | ".join(map(_grouped, parts))

    def both(self) -> str:
        """`a AND b`."""
        parts = [self.test()]
        while self.take("and"):
            parts.append(self.test())
        return parts[0] if len(parts) == 1 else " & ".join(map(_grouped, parts))

    def test(self) -> str:
        """`NOT a`, `a = b`, `a IS NULL`, `a = ANY (ARRAY[…])`, `a LIKE '…'`."""
        if self.take("not"):
            return f"~{_grouped(self.test())}"
        left = self.sum()
        if self.take("is"):
            absent = not self.take("not")
            self.need("null")
            return f"{_called(left)}.is_null()" if absent else f"~{_called(left)}.is_null()"
        for sign, match in MATCHES.items():
            if self.take(sign):
                return match.format(_called(left), self.sum())
        for sign, ours in COMPARES.items():
            if self.take(sign):
                if sign == "=" and self.take("any"):
                    return self.one_of(left)
                if sign == "<>" and self.take("all"):
                    return f"~{self.one_of(left)}"
                return f"{left} {ours} {self.sum()}"
        return left

    def one_of(self, left: str) -> str:
        """The list after `= ANY`, or after `<> ALL`."""
        values = self.listed()
        return f"{_called(left)}.one_of([{', '.join(values)}])"

    def listed(self) -> list[str]:
        """`(ARRAY['a', 'b'])`, in as many parentheses as there are."""
        self.need("(")
        if self.take("array"):
            self.need("[")
            values = [self.sum()]
            while self.take(","):
                values.append(self.sum())
            self.need("]")
        else:
            values = self.listed()
        self.need(")")
        return values

    def sum(self) -> str:
        """`a + b`, and `a || b` of texts."""
        left = self.product()
        while sign := self.take("+") or self.take("-") or self.take("||"):
            left = f"{left} {sign.replace('||', '+')} {self.product()}"
        return left

    def product(self) -> str:
        """`a * b`."""
        left = self.value()
        while self.take("*"):
            left = f"{left} * {self.value()}"
        return left

    def value(self) -> str:
        """A column, a constant, or what a function makes of one."""
        if self.take("-"):
            return f"-{self.value()}"
        if self.take("("):
            inner = self.either()
            self.need(")")
            return _grouped(inner)
        if not self.rest:
            raise Unsayable("its end")
        token = self.rest.pop(0)
        match token.kind:
            case "text":
                plain = token.text[1:-1].replace("''", "'")
                return self.member(plain) if self.take("::") else quoted(plain)
            case "number":
                return token.text if token.text.isdigit() else f'Decimal("{token.text}")'
            case "quoted":
                return self.column(token.text[1:-1].replace('""', '"'))
            case "word" if token.text in ("true", "false"):
                return token.text.capitalize()
            case "word" if self.rest and self.rest[0].text == "(":
                return self.function(token.text)
            case "word":
                return self.column(token.text)
            case _:
                raise Unsayable(f"`{token.text}`")

    def member(self, label: str) -> str:
        """The member of an enum of the database, after `'label'::`."""
        parts = [self.rest.pop(0).text] if self.rest else []
        if self.take("."):
            parts += [self.rest.pop(0).text] if self.rest else []
        known = self.members.get(".".join(part.strip('"') for part in parts), {})
        if label not in known:
            raise Unsayable(f"`::{'.'.join(parts)}`")
        return known[label]

    def function(self, name: str) -> str:
        """`length(a)`, `lower(a)`, `COALESCE(a, b)`."""
        self.need("(")
        inner = self.sum()
        if name.lower() == "coalesce":
            self.need(",")
            inner = f"{_called(inner)}.or_else({self.sum()})"
            self.need(")")
            return inner
        self.need(")")
        if name in LENGTHS:
            return f"{_called(inner)}.length()"
        if name in CASES:
            return f"{_called(inner)}.{name}()"
        raise Unsayable(f"`{name}()`")

    def column(self, name: str) -> str:
        """The attribute kept in a column."""
        if name not in self.names:
            raise StrangeColumn(name)
        return self.names[name]

    def take(self, text: str) -> str:
        """The next piece, if it is this one; else nothing."""
        if self.rest and self.rest[0].kind in ("word", "sign") and self.rest[0].text.lower() == text:
            return self.rest.pop(0).text
        return ""

    def need(self, text: str) -> None:
        """Takes what has to come."""
        if not self.take(text):
            raise Unsayable(f"`{self.rest[0].text}`" if self.rest else "its end")


def _grouped(part: str) -> str:
    """In parentheses, where it is more than a name, a constant or a call, and not in them already."""
    single = re.fullmatch(r"""~?[\w.]+(\([^()]*\))?|-?\d+|"[^"]*"|'[^']*'""", part)
    return part if single or _bare(part) != part else f"({part})"


def _bare(part: str) -> str:
    """Without the parentheses around the whole of it."""
    depth = 0
    for place, sign in enumerate(part):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and place < len(part) - 1:
            return part
    return part[1:-1] if part.startswith("(") else part


def _called(value: str) -> str:
    return value if re.fullmatch(r"[\w.]+(\(\))?", value) else f"({value})"
