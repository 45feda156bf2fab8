"""The body of a request: JSON, one object of inputs or a list of them."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any

from starlette.requests import Request

from framework.errors import Invalid
from framework.wire.body_json import read_body
from framework.wire.many import bounded


async def read_input(request: Request) -> Mapping[str, Any]:
    """The inputs of one call; none at all when the body is empty. Raises Invalid."""
    content = await _read(request)
    if isinstance(content, list):
        hint = "records are made together by a list that is sent to the path of the create and `/bulk`"
        raise Invalid("the body is an object of inputs by name, not a list", code="object_expected", hint=hint)
    if not isinstance(content, dict):
        raise Invalid("the body is an object of inputs by name", code="object_expected")
    return content


async def read_inputs(request: Request) -> list[Mapping[str, Any]]:
    """The inputs of many calls at once. Raises Invalid."""
    content = await _read(request)
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise Invalid("the body is a list of objects of inputs by name", code="list_expected")
    bounded(content)
    return content


async def _read(request: Request) -> Any:
    body = await request.body()
    if not body:
        return {}
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        says = f"the body is encoded as `{coding[:80]}`, which is not read here"
        raise Invalid(says, code="unsupported_media_type", hint="send it without `Content-Encoding`")
    said = request.headers.get("content-type", "")
    media_type = said.partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        says = f"the body is `{media_type[:80]}`, not application/json" if said else "the body has no content type"
        hint = "send `Content-Type: application/json`"
        raise Invalid(says, code="unsupported_media_type", hint=hint)
    try:
        return await read_body(body)
    except JSONDecodeError as error:
        says = f"the body is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}"
        raise Invalid(says, code="malformed_json", params={"line": error.lineno, "column": error.colno}) from None
