"""Every failure has one status, and what is unknown is masked."""

from __future__ import annotations

import pytest

from framework.errors import Conflict, Failure, Forbidden, Invalid, NotFound, Unavailable
from framework.testing.logged import logged
from framework.wire.failures import present


class Vanished(NotFound):
    """It was there a moment ago."""


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (Invalid(), 422),
        (NotFound(), 404),
        (Vanished(), 404),
        (Forbidden(), 403),
        (Conflict(), 409),
        (Unavailable(), 503),
        (Failure("odd"), 500),
        (Invalid("x", code="malformed_json"), 400),
        (Conflict("x", code="precondition_failed"), 412),
        (Unavailable("x", code="model_output_invalid"), 502),
        (Unavailable("x", code="model_timeout"), 504),
    ],
)
def test_a_failure_has_a_status_and_keeps_its_issues(failure: Failure, status: int) -> None:
    presented = present(failure)
    assert (presented.status, presented.issues) == (status, failure.issues)


def test_anything_else_is_logged_under_an_id_and_the_client_learns_only_that() -> None:
    with logged() as lines:
        presented = present(ZeroDivisionError("the secret is hush"))
    (issue,) = presented.issues
    assert (presented.status, issue.code) == (500, "internal")
    assert "hush" not in issue.message
    assert lines[0]["error_id"] == issue.params["error_id"]
    assert issue.params["error_id"] in issue.message
