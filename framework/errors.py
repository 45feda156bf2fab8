"""Everything that can be wrong: six failures of an action, and the mistakes of a declaration.

Failure
├── Invalid          the input breaks a rule                      (422)
├── NotFound         no such record, or none the actor may see    (404)
├── Unauthenticated  it is not known who calls                    (401)
├── Forbidden        the actor may not do this                    (403)
├── Conflict         the state of the record does not allow it    (409)
└── Unavailable      something outside of us did not answer       (503)
DeclarationError a resource says something it may not say
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: `code` for programs, `message` for people, `path` to the input it is about."""

    code: str
    message: str
    path: Path = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    hint: str | None = None

    @property
    def field(self) -> str | None:
        """The name of the input at fault: the last name on the path."""
        return next((str(step) for step in reversed(self.path) if isinstance(step, str)), None)

    def under(self, *prefix: str | int) -> Issue:
        """The same issue, seen from further out."""
        return replace(self, path=(*prefix, *self.path))


class Failure(Exception):
    """The action could not be carried out."""

    code: ClassVar[str] = "failure"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        path: Path = (),
        params: Mapping[str, Any] | None = None,
        hint: str | None = None,
    ) -> None:
        text = message or (self.__doc__ or self.code).splitlines()[0].rstrip(".")
        self.issues: tuple[Issue, ...] = (Issue(code or self.code, text, path, dict(params or {}), hint),)
        super().__init__(text)

    @classmethod
    def of(cls, issues: Iterable[Issue]) -> Self:
        """One failure made of many issues, in the order given (at least one)."""
        all_issues = tuple(issues)
        failure = cls("; ".join(issue.message for issue in all_issues))
        failure.issues = all_issues
        return failure

    def under(self, *prefix: str | int) -> Self:
        """The same failure, its issues seen from further out."""
        return type(self).of(issue.under(*prefix) for issue in self.issues)


def code_of(error: BaseException) -> str:
    """The code of a failure's first issue; of anything else the name of its kind."""
    return error.issues[0].code if isinstance(error, Failure) else type(error).__name__


class Invalid(Failure):
    """The input breaks a rule."""

    code = "invalid"


class NotFound(Failure):
    """No such record, or none that this actor may see."""

    code = "not_found"

    @classmethod
    def record(cls, resource: str, key: object) -> NotFound:
        """Nothing of this kind has this key."""
        return cls(f"there is no {resource} with id {key}", path=("id",), params={"id": str(key)})


class Unauthenticated(Failure):
    """The caller did not say who they are in a way that is known here."""

    # One failure for every reason, so that nobody learns from it which it was.
    code = "unauthenticated"


class Forbidden(Failure):
    """This actor may not do that."""

    code = "forbidden"


class Conflict(Failure):
    """The record is not in a state that allows this."""

    code = "conflict"


class Unavailable(Failure):
    """Something this depends on did not answer."""

    code = "unavailable"


@dataclass(frozen=True, slots=True)
class Source:
    """The place in a file where a word of a declaration was said."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a declaration: where, on what path, what is wrong, and a way out."""

    at: Source
    path: str
    says: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"`{self.path}`: {self.says}" + (f" ({self.hint})" if self.hint else "")


class DeclarationError(Exception):
    """A domain that cannot be compiled; `problems` lists every mistake found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"  {problem.at}\n    {problem}" for problem in self.problems]
        count = f"{len(lines)} mistake" + ("" if len(lines) == 1 else "s")
        super().__init__("\n".join([f"{count} in the declarations:", *lines]))
