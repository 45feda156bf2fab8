"""Two doors and what comes back by any: each step as a session or REST is asked it, and all that is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import httpx
import orjson

from framework.actions.permission.can import permissions
from framework.actions.precondition import Precondition
from framework.actions.query import LoadRelated, LoadValue, Query
from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Conflict, Failure
from framework.rest.endpoints import Use, endpoints_of
from framework.spec.domain import DomainSpec
from framework.wire.dump import shape_of
from framework.wire.filters import parse_filter
from framework.wire.sorting import parse_sort
from tests.secrecy.steps import Done, Got, Listed, May, Shown, Together

# What is drawn anew for every failure that nobody foresaw.
NUMBER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

OF_NO_ACTION = frozenset({Use.CAN, Use.CHANGES})


@dataclass(frozen=True)
class Answer:
    """Whether it was done, and everything that was told."""

    ok: bool
    told: Any


class Door(Protocol):
    """A way to ask."""

    async def listed(self, step: Listed) -> Answer: ...

    async def got(self, step: Got) -> Answer: ...

    async def done(self, step: Done) -> Answer: ...

    async def may(self, step: May) -> Answer: ...


@dataclass(frozen=True)
class SessionDoor:
    """The engine itself, as verbs and Python callers have it."""

    session: Session

    async def listed(self, step: Listed) -> Answer:
        return await _told(lambda: self._page(step))

    async def got(self, step: Got) -> Answer:
        async def find() -> Any:
            reader = self._spec(step.resource).reader
            assert reader is not None
            found = await self.session.find(reader, [step.key], query_of(step.shown))
            return self._dumped(found, step.shown, step.resource)

        return await _told(find)

    async def done(self, step: Done) -> Answer:
        async def perform() -> Any:
            known = None
            if step.known is not None:
                known = Precondition(query_of(step.shown), _as_known(step.known))
            request = Request(step.given, step.key, known)
            action = self.session.domain.action(step.resource, step.action)
            found = await self.session.perform(action, [request], query_of(step.shown) if action.writes else Query())
            return self._dumped(found, step.shown, step.resource) if action.writes else found

        return await _told(perform)

    async def together(self, step: Together) -> Answer:
        """Several calls as one."""

        async def perform() -> Any:
            action = self.session.domain.action(step.resource, step.action)
            shown, requests = step.calls[0].shown, [Request(call.given, call.key) for call in step.calls]
            found = await self.session.perform(action, requests, query_of(shown) if action.writes else Query())
            return self._dumped(found, shown, step.resource) if action.writes else found

        return await _told(perform)

    async def may(self, step: May) -> Answer:
        """Whether one may, and every rule that has a say."""

        async def ask() -> Any:
            action = self.session.domain.action(step.resource, step.action)
            (found,) = await permissions(self.session, action, [Request(step.given, step.key)])
            return found.allowed, [(rule.effect, rule.says) for rule in found.rules]

        return await _told(ask)

    async def _page(self, step: Listed) -> Any:
        spec, domain = self._spec(step.resource), self.session.domain
        action = domain.action(step.resource, step.action)
        query = replace(
            query_of(step.shown),
            filter=parse_filter(step.filter, spec, domain) if step.filter else None,
            sort=parse_sort(step.sort, spec, domain),
            limit=step.limit,
        )
        told: list[Any] = []
        for _ in range(1 + step.further):
            page = await self.session.page(action, query)
            told.append((self._dumped(page.records, step.shown, step.resource), page.keys, page.has_next))
            if not page.has_next:
                break
            query = replace(query, after=page.keys[-1])
        if step.count == "exact":
            told.append(await self.session.total(action, query))
        elif step.count is not None:
            total = await self.session.estimate(action, query)
            told.append((total.number, total.is_exact))
        return told

    def _dumped(self, found: Any, shown: Shown, resource: str) -> Any:
        shape = shape_of(query_of(shown), self._spec(resource), self.session.domain)
        return [None if record is None else shape.dump(record) for record in found]

    def _spec(self, resource: str) -> Any:
        return self.session.domain.resources[resource]


def query_of(shown: Shown) -> Query:
    """What is asked of a record, to a session."""
    links = [LoadRelated(link, query_of(inner), link) for link, inner in shown.links]
    return Query(loads=(*map(LoadValue, shown.values), *links))


def _as_known(known: str) -> Any:
    def check(record: Any) -> None:
        if known == "stale":
            raise Conflict(f"it is {dict(record.loaded())!r}", code="precondition_failed")

    return check


async def _told(ask: Any) -> Answer:
    try:
        return Answer(True, plain(await ask()))
    except Failure as failure:
        issues = [(each.code, each.message, each.path, each.params, each.hint) for each in failure.issues]
        return Answer(False, plain([type(failure).__name__, str(failure), issues]))


def plain(value: Any) -> str:
    """As one text, which is the same for what is the same."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()


@dataclass(frozen=True)
class RestDoor:
    """HTTP as REST has it."""

    http: httpx.AsyncClient
    domain: DomainSpec

    async def listed(self, step: Listed) -> Answer:
        given = {**parameters_of(step.shown), **({"count": step.count} if step.count else {})}
        if step.filter:
            given["filter"] = plain(step.filter)
        if step.sort:
            given["sort"] = ",".join(step.sort)
        if step.limit is not None:
            given["limit"] = str(step.limit)
        path, told, ok = self._path(step.resource, step.action, Use.LIST), [], True
        for _ in range(1 + step.further):
            response = await self.http.get(path, params=given)
            told.append(response_of(response))
            ok = response.is_success
            onward = response.json().get("page", {}).get("next")
            if onward is None:
                break
            given["after"] = onward
        return Answer(ok, told)

    async def got(self, step: Got) -> Answer:
        path = self._path(step.resource, "browse", Use.GET).format(id=step.key)
        response = await self.http.get(path, params=parameters_of(step.shown))
        return Answer(response.is_success, response_of(response))

    async def done(self, step: Done) -> Answer:
        uses = {"make": Use.CREATE, "drop": Use.DESTROY, "weigh": Use.RUN}
        path = self._path(step.resource, step.action, uses.get(step.action, Use.UPDATE)).format(id=step.key)
        given = {} if step.action in ("weigh", "drop") else parameters_of(step.shown)
        headers = await self._known(step, given)
        method = "DELETE" if step.action == "drop" else "POST"
        body = None if step.action in ("drop", "weigh") else plain(step.given)
        kind = {} if body is None else {"content-type": "application/json"}
        response = await self.http.request(method, path, params=given, content=body, headers={**headers, **kind})
        return Answer(response.is_success, response_of(response))

    async def may(self, step: May) -> Answer:
        path = self._path(step.resource, "browse" if step.key else "make", Use.CAN).format(id=step.key)
        response = await self.http.get(path)
        return Answer(response.is_success, response_of(response))

    async def _known(self, step: Done, given: Mapping[str, str]) -> Mapping[str, str]:
        if step.known is None:
            return {}
        if step.known == "stale":
            return {"if-match": '"never so"'}
        read = await self.http.get(self._path(step.resource, "browse", Use.GET).format(id=step.key), params=given)
        return {"if-match": read.headers.get("etag", '"none"')}

    def _path(self, resource: str, action: str, use: Use) -> str:
        return endpoint_of(self.domain, resource, use, action)


def endpoint_of(domain: DomainSpec, resource: str, use: Use, action: str = "") -> str:
    """The path of what is asked of a resource; whether one may and its changes are asked by no action."""
    for each in endpoints_of(domain):
        if each.resource.name == resource and each.use is use and (use in OF_NO_ACTION or each.called.name == action):
            return f"/api{each.path}"
    raise LookupError(f"{resource}.{action} has no endpoint")


def parameters_of(shown: Shown, way: str = "") -> dict[str, str]:
    """What is asked of a record, in a query string."""
    found = {f"fields[{way}]" if way else "fields": ",".join(shown.values)}
    for link, inner in shown.links:
        found |= parameters_of(inner, f"{way}.{link}".lstrip("."))
    ways = [name[7:-1] for name in found if name.startswith("fields[")]
    return found if way or not ways else {**found, "include": ",".join(ways)}


def response_of(response: httpx.Response) -> str:
    headers = {name: value for name, value in response.headers.items() if name in ("etag", "location", "link")}
    text = NUMBER.sub("NUMBER", response.text) if is_unforeseen(response) else response.text
    return f"{response.status_code} {headers} {text}"


def is_unforeseen(response: httpx.Response) -> bool:
    """Whether something went wrong that nobody foresaw."""
    return response.status_code == 500 or '"internal"' in response.text
