"""What every module of a program says of itself, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Protocol

from framework.errors import Issue
from framework.lm.signatures.definition import SignatureDefinition


class ModuleSpec(Protocol):
    """How a program thinks: a frozen value of its kind, with the settings of that kind and no others."""

    kind: ClassVar[str]

    @property
    def calls(self) -> int:
        """How many answers of a model it asks for at most; each may take a second try, if the first is unreadable."""
        ...

    @property
    def references(self) -> Sequence[str]:
        """The Python objects that it names itself ("module:name"), beside the tools of the program."""
        ...

    def issues(self, signature: SignatureDefinition, tools: Sequence[str]) -> Iterator[Issue]:
        """What of it does not fit the program's signature, or its tools."""
        ...

    def settings(self) -> dict[str, Any]:
        """What it says beside its kind, as JSON values."""
        ...
