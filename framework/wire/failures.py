"""The one translation of what went wrong into what a client is told: a status and its issues.

What is not a failure of ours is our mistake: it is logged with an id, and the client gets that id alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from framework.errors import Conflict, Failure, Forbidden, Invalid, Issue, NotFound, Unauthenticated, Unavailable
from framework.identifiers import uuid7
from framework.telemetry import log

STATUS: dict[type[Failure], int] = {
    Invalid: 422,
    NotFound: 404,
    Unauthenticated: 401,
    Forbidden: 403,
    Conflict: 409,
    Unavailable: 503,
}
# Codes that have a status of their own in HTTP (RFC 9110), whatever failure carries them.
STATUS_OF_CODE = {
    "malformed_json": 400,
    "too_complex": 400,
    "method_not_allowed": 405,
    "cursor_expired": 410,
    "body_too_slow": 408,
    "head_too_slow": 408,
    "precondition_failed": 412,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "head_too_large": 431,
    "stored_value_unreadable": 500,
    "model_content_filtered": 502,
    "model_output_invalid": 502,
    "model_server_error": 502,
    "model_timeout": 504,
    "statement_timeout": 504,
}


@dataclass(frozen=True, slots=True)
class PublicFailure:
    """What a client is told."""

    status: int
    issues: tuple[Issue, ...]


def present(error: BaseException) -> PublicFailure:
    """The status and issues of a failure; of anything else only an id, under which it is logged."""
    if isinstance(error, Failure):
        status = STATUS_OF_CODE.get(error.issues[0].code)
        return PublicFailure(status or _status_of(type(error)), error.issues)
    number = str(uuid7())
    log.error("unexpected error", error_id=number, exc_info=error)
    says = f"something went wrong on our side; it is logged as {number}"
    return PublicFailure(500, (Issue("internal", says, params={"error_id": number}),))


def _status_of(failure: type[Failure]) -> int:
    return next((STATUS[kind] for kind in failure.__mro__ if kind in STATUS), 500)
