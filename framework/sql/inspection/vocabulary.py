"""What the rules of a table may speak of: its attributes, its links, and the members of its enums."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from framework.sql.inspection.conditions import Members, StrangeColumn, Unsayable, condition_in_python
from framework.sql.inspection.module import Word
from framework.sql.inspection.safe_names import free


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The attributes by column, the links by the column of their key, the members by type and label, names taken.

    `strange` are rules that cannot be said, by their names; `left` is where is told what is not said.
    """

    by_column: Mapping[str, str]
    held: Mapping[str, str]
    members: Members
    taken: set[str]
    strange: Mapping[str, str]
    left: list[str]

    def attempt(self, name: str, definition: str, word: Callable[[], Word | None]) -> list[Word]:
        """The word for what stands under a name, or none where there is none, which is told."""
        try:
            if name in self.strange:
                self.left.append(f"{name}: {definition}: {self.strange[name]}")
                return []
            said = word()
        except Unsayable as reason:
            of = f", of which {reason}" if str(reason) else ""
            self.left.append(f"{name}: {definition}{of} is none of ours")
            return []
        return [] if said is None else [said]

    def fields(self, columns: Sequence[str | None]) -> list[str]:
        """The names in the class body of what is kept in these columns; raises Unsayable."""
        return [self.field(column) for column in columns]

    def field(self, column: str | None) -> str:
        """The name in the class body of what is kept in a column; raises Unsayable."""
        name = None if column is None else self.held.get(column, self.by_column.get(column))
        if name is None:
            raise Unsayable(f"the column `{column}`, which is not declared,")
        return name

    def expression(self, written: str) -> str:
        """What PostgreSQL writes, in Python; the key of a link has no name in a class body. Raises Unsayable."""
        names = {column: name for column, name in self.by_column.items() if column not in self.held}
        try:
            return condition_in_python(written, names, self.members)
        except StrangeColumn as error:
            if (link := self.held.get(error.column)) is None:
                raise
            raise Unsayable(f"`{error.column}`, the key of the link `{link}`,") from None

    def spoken_of(self, expression: str) -> list[str]:
        """The attributes that an expression in Python is of, each once."""
        plain = re.sub(r"""\"[^\"]*\"|'[^']*'""", "", expression)
        return [*dict.fromkeys(name for name in re.findall(r"(?<!\.)\b\w+", plain) if name in self.by_column.values())]

    def free(self, name: str) -> str:
        """A name in the class body that nothing has, which is taken from now on."""
        found = free(name[:60], self.taken)
        self.taken.add(found)
        return found
