"""Clients that go away while they still send: nobody is to be answered, and nothing went wrong on our side."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.installation.installation import Installation


@pytest.mark.parametrize("path", ["/graphql", "/api/programs", "/api/programs/bulk"])
async def test_a_client_that_hangs_up_is_no_error(installation: Installation, path: str) -> None:
    begun: dict[str, Any] = {"type": "http.request", "body": b'{"na', "more_body": True}
    sent = iter([begun, {"type": "http.disconnect"}])
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(sent)

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"99")],
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
    }
    with capture_logs() as logged:
        await installation.app(scope, receive, send)  # type: ignore[arg-type]  # plain dicts
    assert next(sent, None) is None
    assert [entry for entry in logged if entry["log_level"] in ("error", "critical")] == []
    assert answered[0]["status"] < 500
