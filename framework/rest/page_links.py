"""The way to the other pages: the `page` part of a list, and its `Link` header (RFC 8288)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from framework.actions.query import Page, Query
from framework.spec.action import Pagination, Paging
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.wire.cursor import encode_cursor

PLACES = ("after", "before", "offset")


def places_of(
    page: Page, query: Query, paging: Pagination, spec: ResourceSpec, *, domain: DomainSpec
) -> dict[str, Any]:
    """`next` is what `after` (or `offset`) has to be for the next page, `previous` what `before` has to be."""
    limit = paging.default if query.limit is None else query.limit
    places: dict[str, Any] = {"limit": limit, "next": None, "previous": None}
    if paging.paging is Paging.OFFSET:
        offset = query.offset or 0
        places["next"] = offset + limit if page.has_next and limit else None
        places["previous"] = max(0, offset - limit) if offset and limit else None
    elif page.keys:
        places["next"] = encode_cursor(page.keys[-1], query.sort, spec, domain) if page.has_next else None
        places["previous"] = encode_cursor(page.keys[0], query.sort, spec, domain) if page.has_previous else None
    return places


def link_header(path: str, items: list[tuple[str, str]], places: dict[str, Any], paging: Paging) -> str:
    """The first, next and previous page, with all else as it was asked."""
    kept = [(name, text) for name, text in items if name not in PLACES]
    forward, backward = ("offset", "offset") if paging is Paging.OFFSET else ("after", "before")
    links = [_link(path, kept, "first")]
    if places["next"] is not None:
        links.append(_link(path, [*kept, (forward, str(places["next"]))], "next"))
    if places["previous"] is not None:
        links.append(_link(path, [*kept, (backward, str(places["previous"]))], "prev"))
    return ", ".join(links)


def _link(path: str, items: list[tuple[str, str]], relation: str) -> str:
    query = urlencode(items)
    return f'<{path}{"?" + query if query else ""}>; rel="{relation}"'
