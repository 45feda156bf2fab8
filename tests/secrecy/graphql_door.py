"""The third door: each step as GraphQL is asked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from framework.naming import camel, collection_field, mutation_field, record_field
from tests.secrecy.doors import Answer, plain, response_of
from tests.secrecy.steps import Done, Got, Listed, May, Shown


@dataclass(frozen=True)
class GraphqlDoor:
    """HTTP as GraphQL has it."""

    http: httpx.AsyncClient

    async def listed(self, step: Listed) -> Answer:
        field = collection_field(step.resource) if step.action == "browse" else "shelfPapers"
        counts = {"exact": "exactTotalCount", "estimated": "totalCount totalCountIsExact", None: ""}[step.count]
        variables: dict[str, Any] = {"first": step.limit, "after": None}
        variables["filter"] = camelled(step.filter) if step.filter else None
        variables["sort"] = [_sorted(each) for each in step.sort]
        text = (
            f"query($first: Int, $after: String, $filter: {step.resource}Filter, $sort: [{step.resource}Sort!])"
            f"{{ {field}(first: $first, after: $after, filter: $filter, sort: $sort) {{"
            f" edges {{ cursor node {{ {selection_of(step.shown)} }} }}"
            f" pageInfo {{ hasNextPage endCursor }} {counts} }} }}"
        )
        told, ok = [], True
        for _ in range(1 + step.further):
            response = await self._ask(text, variables)
            told.append(response_of(response))
            found = (response.json().get("data") or {}).get(field)
            ok = found is not None
            if not found or not found["pageInfo"]["hasNextPage"]:
                break
            variables["after"] = found["pageInfo"]["endCursor"]
        return Answer(ok, told)

    async def got(self, step: Got) -> Answer:
        inner = selection_of(step.shown)
        field, inner = (
            ("node", f"... on {step.resource} {{ {inner} }}") if step.node else (record_field(step.resource), inner)
        )
        response = await self._ask(f"query($id: ID!) {{ {field}(id: $id) {{ __typename {inner} }} }}", {"id": step.key})
        return Answer(True, response_of(response))

    async def done(self, step: Done) -> Answer:
        field = mutation_field(step.resource, step.action)
        result = "result" if step.action == "weigh" else f"{camel(step.resource)} {{ {selection_of(step.shown)} }}"
        errors = "errors { code message path field params hint }"
        head, arguments = {"make": ("", "input: $input")}.get(step.action, ("$id: ID!", "id: $id, input: $input"))
        kind = f"{field[:1].upper()}{field[1:]}Input" + ("!" if step.action == "make" else "")
        if step.action in ("drop", "weigh"):
            head, arguments = "$id: ID!", "id: $id"
        else:
            head = ", ".join(filter(None, (head, f"$input: {kind}")))
        text = f"mutation({head}) {{ {field}({arguments}) {{ {result} {errors} }} }}"
        given = {camel(name): value for name, value in step.given.items()}
        response = await self._ask(text, {"id": step.key, "input": given})
        found = (response.json().get("data") or {}).get(field)
        return Answer(found is not None and not found["errors"], response_of(response))

    async def may(self, step: May) -> Answer:
        if step.key is None:
            field = mutation_field(step.resource, step.action)
            response = await self._ask(f"{{ viewerCan {{ {field} {{ allowed reason }} }} }}", {})
        else:
            can = f"viewerCan {{ {camel(step.action)} {{ allowed reason }} }}"
            text = f"query($id: ID!) {{ {record_field(step.resource)}(id: $id) {{ {can} }} }}"
            response = await self._ask(text, {"id": step.key})
        return Answer(True, response_of(response))

    async def _ask(self, text: str, variables: Mapping[str, Any]) -> httpx.Response:
        wanted = {name: value for name, value in variables.items() if f"${name}:" in text}
        body = plain({"query": text, "variables": wanted})
        return await self.http.post("/graphql", content=body, headers={"content-type": "application/json"})


def selection_of(shown: Shown) -> str:
    """What is asked of a record, in GraphQL."""
    links = (f"{camel(link)} {{ {selection_of(inner)} }}" for link, inner in shown.links)
    return " ".join([*map(camel, shown.values), *links])


def camelled(tree: Any) -> Any:
    """The names in it as GraphQL has them."""
    if isinstance(tree, Mapping):
        return {camel(name): camelled(value) for name, value in tree.items()}
    return [camelled(each) for each in tree] if isinstance(tree, list) else tree


def _sorted(name: str) -> Any:
    *way, last = name.lstrip("-").split(".")
    found: Any = {camel(last): "DESC" if name.startswith("-") else "ASC"}
    for link in reversed(way):
        found = {camel(link): found}
    return found
