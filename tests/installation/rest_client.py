"""REST as a client sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from framework.rest.endpoints import Endpoint, Use, base_path, endpoints_of
from framework.spec.domain import DomainSpec
from tests.installation.answer import EVERYTHING, Answer, Asked, Fault


@dataclass(frozen=True, slots=True)
class RestClient:
    """Calls the routes under `/api`."""

    domain: DomainSpec = field(repr=False)
    http: httpx.AsyncClient = field(repr=False)
    name: str = "rest"

    async def act(self, action: str, id: Any = None, **inputs: Any) -> Answer:  # noqa: A002
        """Calls the route of an action."""
        route = self._route(action)
        path = "/api" + route.path.replace("{id}", str(id))
        # Generic actions have no record to choose from.
        shown = {"fields": ",".join(route.resource.public_values)} if route.called.writes else {}
        return _answer(await self.http.request(route.method, path, json=_json(inputs), params=shown))

    async def get(self, resource: str, id: Any) -> Answer:  # noqa: A002
        """One record, with what is worked out for it."""
        spec = self.domain.resources[resource]
        fields = ",".join(spec.public_values)
        return _answer(await self.http.get(f"/api{base_path(spec)}/{id}", params={"fields": fields}))

    async def list(self, resource: str, asked: Asked = EVERYTHING) -> Answer:
        """A page of records."""
        spec = self.domain.resources[resource]
        given = {
            "fields": ",".join(spec.public_values),
            "filter": None if asked.filter is None else json.dumps(_json(asked.filter)),
            "sort": ",".join(asked.sort) or None,
            "limit": asked.limit,
            "after": asked.after,
        }
        params = {name: str(value) for name, value in given.items() if value is not None}
        answer = _answer(await self.http.get(f"/api{base_path(spec)}", params=params))
        if answer.faults:
            return answer
        return Answer({"items": answer.value["data"], "next": answer.value["page"]["next"]})

    def _route(self, action: str) -> Endpoint:
        resource, _, name = action.partition(".")
        others = (Use.LIST, Use.GET, Use.CREATE_MANY, Use.CHANGES, Use.PROGRESS, Use.CAN, Use.HISTORY)
        (route,) = (
            each
            for each in endpoints_of(self.domain)
            if each.use not in others and (each.resource.name, each.called.name) == (resource, name)
        )
        return route


def _answer(response: httpx.Response) -> Answer:
    if response.is_success:
        return Answer(response.json() if response.content else None)
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert problem["status"] == response.status_code
    return Answer(faults=tuple(_fault(error) for error in problem["errors"]))


def _fault(error: Mapping[str, Any]) -> Fault:
    return Fault(error["code"], _path(error), error["message"], error["hint"], error["params"])


def _path(error: Mapping[str, Any]) -> tuple[str, ...]:
    if error["pointer"] is not None:
        steps = error["pointer"].split("/")[1:]
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)
    if error["parameter"] is not None:
        return tuple(error["parameter"].replace("]", "").split("["))
    return ()


def _json(value: Any) -> Any:
    """The value as JSON has it: ids and enums as text."""
    return json.loads(json.dumps(value, default=str))
