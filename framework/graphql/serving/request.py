"""What is asked: a document, its variables and the operation to run, as JSON has them in a body or a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from starlette.requests import Request

from framework.errors import Invalid
from framework.types.json_text import read_json
from framework.wire.body_json import read_body

MEDIA_TYPE = "application/json"
# It is read character by character, while nobody else is answered.
LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class GraphqlRequest:
    """One operation to run. Its variables are checked against the document when it is carried out."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


async def read_request(request: Request) -> GraphqlRequest:
    """The request of a body; raises Invalid, with a code that has a status of its own."""
    said = request.headers.get("content-type", "")
    media_type, _, parameters = said.lower().partition(";")
    if media_type.strip() != MEDIA_TYPE or ("charset" in parameters and "utf-8" not in parameters):
        raise _unsupported(f"the body is `{said[:80]}`, not {MEDIA_TYPE}" if said else "the body has no content type")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported("the body is compressed, which is not read here")
    try:
        return request_of(await read_body(await request.body()))
    except JSONDecodeError as error:
        raise _malformed(error) from None


def json_of(content: bytes | str) -> Any:
    """The JSON of a message; raises Invalid."""
    try:
        return read_json(content)
    except JSONDecodeError as error:
        raise _malformed(error) from None


def request_of(content: Any) -> GraphqlRequest:
    """The request that an object says; raises Invalid."""
    if not isinstance(content, Mapping):
        raise Invalid("a request is an object with a `query`; several in a list are not taken", code="object_expected")
    query, variables, name = content.get("query"), content.get("variables"), content.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise Invalid("`query` is the text of a document", code="missing", path=("query",))
    if len(query) > LONGEST:
        says, hint = f"a document holds at most {LONGEST:,} characters", "send long values as variables"
        raise Invalid(says, code="too_long", path=("query",), params={"maximum": LONGEST}, hint=hint)
    for field in ("variables", "extensions"):
        if not isinstance(content.get(field), (dict, type(None))):
            raise Invalid(f"`{field}` is an object or null", code="object_expected", path=(field,))
    if not isinstance(name, (str, type(None))):
        raise Invalid("`operationName` is a name or null", code="string_type", path=("operationName",))
    return GraphqlRequest(query, variables, name or None)


def _malformed(error: JSONDecodeError) -> Invalid:
    return Invalid(f"this is not JSON: {error.msg}", code="malformed_json")


def _unsupported(says: str) -> Invalid:
    hint = f"send `Content-Type: {MEDIA_TYPE}` and no `Content-Encoding`"
    return Invalid(says, code="unsupported_media_type", hint=hint)
