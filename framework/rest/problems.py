"""What went wrong as a problem document (RFC 9457), with a pointer into the body (RFC 6901) where there is one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from framework.errors import Issue, Path
from framework.types.json_text import write_json
from framework.wire.failures import PublicFailure

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 2
# How one may say who one is (RFC 9110 §11.6.1); where a browser logs in it has a cookie, and is not asked by a window.
CHALLENGE = 'Bearer realm="dspex"'
MAX_ISSUES = 100
# What a request to a record says in its address, whatever its body may hold.
IN_ADDRESS = frozenset({"id", "fields", "include"})
# What an action does not take was in the body, even if it has the name of something in the address.
UNKNOWN_INPUT = "unknown_input"
# What a path may hold as it is (RFC 3986 §3.3); whatever else becomes `%…`, so that the instance is a reference.
IN_PATH = "/:@!$&'()*+,;=~"


def problem_response(
    presented: PublicFailure,
    instance: str,
    *,
    inputs: Collection[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response; `inputs` are the names that the body may hold, None when the request has no body."""
    said = dict(headers or {})
    if presented.status == HTTPStatus.UNAUTHORIZED:
        said.setdefault("WWW-Authenticate", CHALLENGE)
    if presented.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        said.setdefault("Retry-After", str(_retry_after(presented.issues[0])))
    content = write_json(problem(presented, instance, inputs=inputs))
    return Response(content, presented.status, said, MEDIA_TYPE)


def problem(presented: PublicFailure, instance: str, *, inputs: Collection[str] | None = None) -> dict[str, Any]:
    """The document. Its type is `about:blank`: what kind of problem it is, `code` says (RFC 9457 §4.2.1)."""
    issues = presented.issues
    more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    return {
        "type": "about:blank",
        "title": HTTPStatus(presented.status).phrase,
        "status": presented.status,
        "detail": issues[0].message + more,
        "instance": quote(instance, safe=IN_PATH),
        "code": issues[0].code,
        "errors": [_error(issue, inputs) for issue in issues[:MAX_ISSUES]],
    }


def _error(issue: Issue, inputs: Collection[str] | None) -> dict[str, Any]:
    in_body = inputs is not None and (issue.code == UNKNOWN_INPUT or _is_in_body(issue.path, inputs))
    return {
        "code": issue.code,
        "message": issue.message,
        "pointer": _pointer(issue.path) if in_body else None,
        "parameter": _parameter(issue.path) if issue.path and not in_body else None,
        "field": issue.field,
        "params": _plain(issue.params),
        "hint": issue.hint,
    }


def _is_in_body(path: Path, inputs: Collection[str]) -> bool:
    head = next((step for step in path if isinstance(step, str)), None)
    return bool(path) and (head in inputs or head not in IN_ADDRESS)


def _pointer(path: Path) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _parameter(path: Path) -> str:
    """The parameter at fault, as it stands in the query string."""
    head, *steps = path
    return f"{head}{''.join(f'[{step}]' for step in steps)}"


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if _is_json(value) else str(value) for name, value in params.items()}


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, dict))


def _retry_after(issue: Issue) -> int:
    said = issue.params.get("retry_after")
    return max(1, round(said)) if isinstance(said, (int, float)) else RETRY_AFTER
