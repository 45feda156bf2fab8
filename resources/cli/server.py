"""A running installation as its clients see it: GraphQL over HTTP, REST, and streams over `graphql-transport-ws`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import orjson
import typer

from framework.errors import Failure, Invalid, Issue, NotFound, Unavailable
from framework.settings import Settings, load_settings
from resources.cli.stream import Entry, follow

Url = Annotated[str, typer.Option(envvar="DSPEX_URL", help="Where the installation answers.")]
HERE = "http://127.0.0.1:8000"
PATIENCE = httpx.Timeout(120, connect=5)
JSON = {"content-type": "application/json"}
MOST_BYTES: int = Settings.model_fields["max_body_bytes"].default


class Server:
    """Everything goes through actions that anybody else can call too."""

    def __init__(self, url: str, client: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
        self.url = url.rstrip("/")
        self._client, self.headers = client, headers

    async def ask(self, document: str, **variables: Any) -> Any:
        """The value of the document's one field; raises NotFound when it is null."""
        (value,) = (await self._graphql(document, variables)).values()
        if value is None:
            raise NotFound("the server has nothing of that description", params=variables)
        return value

    async def act(self, document: str, **variables: Any) -> Any:
        """What the document's one mutation gives; raises a failure with every error that it reports."""
        payload = await self.ask(document, **variables)
        if payload["errors"]:
            raise Failure.of(_issue(error) for error in payload["errors"])
        (result,) = (value for name, value in payload.items() if name != "errors")
        return result

    async def first(self, collection: str, fields: str, **equal: Any) -> Any:
        """The record of a collection whose fields are as said, or None: `first("datasets", "id", name="tickets")`."""
        kind = collection[0].upper() + collection[1:-1]
        document = f"query ($f: {kind}Filter) {{ {collection}(first: 1, filter: $f) {{ nodes {{ {fields} }} }} }}"
        found = await self.ask(document, f={name: {"eq": value} for name, value in equal.items()})
        return next(iter(found["nodes"]), None)

    async def named(self, collection: str, fields: str, **equal: Any) -> Any:
        """The same, which has to be there."""
        found = await self.first(collection, fields, **equal)
        if found is None:
            wanted = ", ".join(f"{name} `{value}`" for name, value in equal.items())
            raise NotFound(f"there is nothing among the {collection} with {wanted}", params=equal)
        return found

    def progress(self, field: str, progress: str, id: str) -> AsyncIterator[Entry]:  # noqa: A002 - what it is
        """What a job reports, from its beginning to its end, each item once, also over lost connections."""
        document = f"""subscription ($id: ID!, $after: String) {{
            {field}(id: $id, after: $after) {{ cursor at state error progress {{ {progress} }} }}
        }}"""
        return follow(f"{self.url}/graphql", document, {"id": id}, headers=self.headers)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a REST endpoint answers; raises a failure for a problem."""
        answer = await self._send(path, body)
        if answer.is_success:
            return answer.json()
        raise _refused(_json(answer))

    async def _graphql(self, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = _json(await self._send("/graphql", {"query": document, "variables": variables}))
        if answer.get("errors"):
            raise Failure.of(_issue({**error, **error.get("extensions", {})}) for error in answer["errors"])
        if "data" not in answer:
            raise _refused(answer)
        data: Mapping[str, Any] = answer["data"]
        return data

    async def _send(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        content = orjson.dumps(body)
        try:
            return await self._client.post(f"{self.url}{path}", content=content, headers={**JSON, **self.headers})
        except httpx.ConnectError:
            raise Unavailable(f"no server at {self.url}", code="no_server", hint="run `dspex up`") from None
        except httpx.TransportError as error:
            # A server that refuses a body hangs up on it, and its answer is not always read before that is noticed.
            if len(content) > MOST_BYTES:
                raise _too_large(self.url, len(content)) from None
            raise Unavailable(f"the server at {self.url} did not answer: {error!r}", code="no_answer") from None


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Server]:
    """The installation at an address, asked with the key that the settings give, if they give one."""
    key = _key(load_settings())
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        yield Server(url, client, headers)


def _key(settings: Settings) -> str | None:
    if settings.api_key is not None or settings.api_key_file is None:
        return settings.api_key
    try:
        return settings.api_key_file.expanduser().read_text(encoding="utf-8").strip()
    except OSError as error:
        says = f"the key in {settings.api_key_file} cannot be read: {error.strerror}"
        raise Invalid(says, code="api_key", path=("DSPEX_API_KEY_FILE",)) from None


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    """Whoever answers something else is not an installation of ours."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unavailable(f"what answers at {answer.url} with {answer.status_code} is no dspex", code="not_dspex")
    return body


def _refused(problem: Mapping[str, Any]) -> Failure:
    """The failure that a problem document tells of."""
    issues = [Issue(error["code"], error["message"]) for error in problem.get("errors", ())]
    return Failure.of(issues or [Issue(problem.get("code", "refused"), str(problem.get("detail", problem)))])


def _too_large(url: str, size: int) -> Invalid:
    return Invalid(
        f"the server at {url} does not take {size / 1_000_000:.1f} MB in one request",
        code="body_too_large",
        hint=f"it takes `max_body_bytes`, which are {MOST_BYTES:,} unless set: split the file, or raise the setting",
    )


def _issue(error: Mapping[str, Any]) -> Issue:
    path = tuple(error.get("path") or ())
    return Issue(error.get("code") or "refused", error["message"], path, error.get("params") or {}, error.get("hint"))
