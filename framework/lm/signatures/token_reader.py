"""The reader of a signature text: where it stands, which field stood where, and what was wrong so far."""

from __future__ import annotations

from typing import NoReturn

from framework.errors import Invalid, Issue, Path
from framework.lm.signatures.tokens import Token, TokenKind, issue_at, tokens

MOST_ISSUES = 20


class TokenReader:
    """The words of one text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.issues: list[Issue] = []
        self._tokens = tuple(tokens(text))
        self._next = 0
        self._places: dict[Path, int] = {}

    @property
    def token(self) -> Token:
        """The next word, not taken yet."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The next word, taken; the end is never passed."""
        token = self.token
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def sees(self, sign: str) -> bool:
        """Whether the next word is this sign."""
        return self.token.kind is TokenKind.SIGN and self.token.text == sign

    def takes(self, sign: str) -> bool:
        """Take the next word if it is this sign."""
        seen = self.sees(sign)
        if seen:
            self.take()
        return seen

    def expect(self, sign: str, where: str) -> None:
        """Take this sign, or refuse what stands there instead."""
        if not self.takes(sign):
            self.refuse(f"`{sign}` is expected {where}, not {self.token}")

    def refuse(
        self, message: str, *, at: Token | None = None, code: str = "syntax", hint: str | None = None
    ) -> NoReturn:
        """Give up: what follows could not be understood."""
        self.note(message, at=at, code=code, hint=hint)
        raise Invalid.of(self.issues)

    def note(self, message: str, *, at: Token | None = None, code: str = "syntax", hint: str | None = None) -> None:
        """Keep a mistake and read on."""
        self.issues.append(issue_at(self.text, (at or self.token).at, code, message, hint=hint))
        if len(self.issues) >= MOST_ISSUES:
            raise Invalid.of(self.issues)

    def mark(self, path: Path, token: Token | None = None) -> None:
        """Remember that what this path of the JSON form means stands here."""
        self._places[path] = (token or self.token).at

    def placed(self, issue: Issue) -> Issue:
        """A mistake found in the whole, with the place of the nearest thing that has one."""
        path = issue.path
        while path and path not in self._places:
            path = path[:-1]
        found = issue_at(self.text, self._places.get(path, 0), issue.code, issue.message, hint=issue.hint)
        return Issue(found.code, found.message, (), {**issue.params, **found.params}, found.hint)
