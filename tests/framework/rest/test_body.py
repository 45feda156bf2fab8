"""Bodies that are not what they should be."""

from __future__ import annotations

import pytest

from tests.framework.rest.conftest import Workshop

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", JSON, 400, "malformed_json"),
        (b'{"name": "\xff"}', JSON, 400, "malformed_json"),
        (b"[" * 5000, JSON, 400, "malformed_json"),
        (b"NaN", JSON, 400, "malformed_json"),
        (b"5", JSON, 422, "object_expected"),
        (b"[1]", JSON, 422, "object_expected"),
        (b"{}", {}, 415, "unsupported_media_type"),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        (b"{}", {"Content-Type": "text/json"}, 415, "unsupported_media_type"),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, 422, "missing"),
        (b"{}", {"Content-Type": "application/merge-patch+json"}, 422, "missing"),
        (b"", {}, 422, "missing"),
        (b"\x1f\x8b", {**JSON, "Content-Encoding": "gzip"}, 415, "unsupported_media_type"),
        (b"{}", {**JSON, "Content-Encoding": "identity"}, 422, "missing"),
        (b'{"slug": 1e400}', JSON, 400, "malformed_json"),
        (b'{"slug": "\\ud800"}', JSON, 400, "malformed_json"),
        (b'{"slug": ' + b"1" * 5000 + b"}", JSON, 400, "malformed_json"),
        (b'{"slug": ' + b"1" * 30 + b"}", JSON, 422, "string_type"),
        (b'{"slug": ' + b"[" * 100 + b"]" * 100 + b"}", JSON, 422, "string_type"),
        (b'{"slug": ' + b"[" * 900 + b"]" * 900 + b"}", JSON, 400, "malformed_json"),
        (b'{"slug": ' + b"[" * 940 + b"1" * 20 + b"]" * 940 + b"}", JSON, 400, "malformed_json"),
        (b'{"slug": ' + b"[" * 3000 + b"]" * 3000 + b"}", JSON, 400, "malformed_json"),
    ],
)
async def test_a_body_is_json_and_an_object(
    shop: Workshop, *, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    response = await shop.client.post("/api/projects", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_malformed_json_is_said_to_the_column(shop: Workshop) -> None:
    response = await shop.client.post("/api/projects", content=b'{"slug":\n x}', headers=JSON)
    assert response.json()["detail"].startswith("the body is not JSON: unexpected character")
    assert response.json()["detail"].endswith(", at line 2, column 2")
    assert response.json()["errors"][0]["params"] == {"line": 2, "column": 2}


async def test_only_a_create_takes_a_list(shop: Workshop) -> None:
    program = await shop.program(await shop.project())
    response = await shop.client.patch(f"/api/programs/{program['id']}", json=[{"name": "B"}])
    assert response.json()["detail"] == "the body is an object of inputs by name, not a list"
