"""Failures in GraphQL's two dialects: data in the payload of a mutation, and errors of the response elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from framework.errors import Failure, Issue
from framework.graphql.build import Field, maybe
from framework.wire.failures import present

# GraphQL repeats a whole input in which something is wrong, and with it whatever secret it holds.
SAID_AGAIN = re.compile(r"(cannot represent [\w -]+ value): .*|,? [Ff]ound: .*", re.DOTALL)
NO_SUCH_OPERATION = (CannotGetOperationTypeError, InvalidOperationTypeError)
# A number of records, which alone is taken to fit without a limit that says so.
TOO_LARGE = "Int cannot represent non 32-bit signed integer value"
LARGER_THAN_INT = Issue(
    "out_of_range", "the number is larger than an Int of GraphQL, which has 32 bits", hint="ask for it by REST"
)
ERROR_FIELDS = [
    Field("code", str, "For programs: `not_found`, `string_too_long`."),
    Field("message", str, "For people: what is wrong, and what to do."),
    Field("path", list[str], "The way to the input it is about; empty when it is about the whole."),
    Field("field", maybe(str), "The last name on the path."),
    Field("params", JSON, "The facts in the message, by name."),
    Field("hint", maybe(str), "A way out."),
]


def error_of(issue: Issue) -> dict[str, Any]:
    """An issue as an ActionError."""
    return {
        "code": issue.code,
        "message": issue.message,
        "path": [str(step) for step in issue.path],
        "field": issue.field,
        "params": dict(issue.params),
        "hint": issue.hint,
    }


def refusals_of(issues: Sequence[Issue]) -> list[GraphQLError]:
    """The issues of something that was not carried out at all."""
    return [_error(GraphQLError(issue.message), issue) for issue in issues]


def translate(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """The errors of a response as a client may see them: each issue by itself, the unexpected masked."""
    return [shown for error in errors for shown in _translated(error)]


def _translated(error: GraphQLError) -> list[GraphQLError]:
    if "code" in (error.extensions or {}):
        return [error]
    if error.path is not None and error.message.startswith(TOO_LARGE):
        return [_error(error, LARGER_THAN_INT)]
    original = _origin(error)
    if error.path is None and (original is None or isinstance(original, NO_SUCH_OPERATION) or _unreadable(error)):
        # Not carried out at all: a mistake in the document or its variables, in GraphQL's own words.
        return [_error(error, Issue("bad_query", SAID_AGAIN.sub(r"\1", error.message)))]
    return [_error(error, issue) for issue in present(original or error).issues]


def _unreadable(error: GraphQLError) -> bool:
    """Whether a value in the document is none that Python reads, as a number of thousands of digits."""
    return isinstance(error.original_error, (ValueError, OverflowError)) and bool(error.nodes)


def _origin(error: GraphQLError) -> BaseException | None:
    """What was raised first, beneath GraphQL's wrapping."""
    found: BaseException | None = error.original_error
    while isinstance(found, GraphQLError) and found.original_error is not None:
        found = found.original_error
    return None if isinstance(found, GraphQLError) and not isinstance(found, Failure) else found


def _error(error: GraphQLError, issue: Issue) -> GraphQLError:
    extensions: dict[str, Any] = {"code": issue.code}
    if issue.path:
        extensions |= {"path": [str(step) for step in issue.path], "field": issue.field}
    if issue.params:
        extensions["params"] = dict(issue.params)
    if issue.hint:
        extensions["hint"] = issue.hint
    return GraphQLError(
        issue.message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
