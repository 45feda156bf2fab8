"""GraphQL, REST and a session give the same answer to the same question, and it is the plain one."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.naming import collection_field, collection_path
from tests.contracts.transports.asking import (
    Document,
    from_graphql,
    from_record,
    from_rest,
    listings,
    parameters_of,
    plain_questions,
    query_of,
    questions,
)
from tests.contracts.transports.conftest import Served
from tests.contracts.transports.forum import VALUES, Asked, Found, Listing, plain_answer

RESOURCES = sorted(VALUES)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FEW = settings(QUICK, max_examples=8)


def pages(depth: int) -> st.SearchStrategy[tuple[Listing, Asked, Asked]]:
    """A page, with one question on its nodes and another on the nodes of its edges."""
    of = st.sampled_from(RESOURCES)
    return of.flatmap(lambda name: st.tuples(listings(), questions(name, depth), questions(name, depth)))


async def asked_of_graphql(served: Served, page: tuple[Listing, Asked, Asked], copies: int) -> None:
    listing, nodes, edges = page
    document = Document()
    roots = []
    for place in range(copies):
        # The same page under several aliases, with the two questions changed over.
        first, second = (nodes, edges) if place % 2 == 0 else (edges, nodes)
        inner = f"nodes {{ {document.selection(first)} }} edges {{ node {{ {document.selection(second)} }} }}"
        field = collection_field(nodes.resource)
        roots.append(f"r{place}: {field}{document.arguments(listing, nodes.resource)} {{ {inner} }}")
    response = await served.graphql(document.text(" ".join(roots)), document.variables)
    assert "errors" not in response.json(), (document.text(" ".join(roots)), response.json())
    for place in range(copies):
        first, second = (nodes, edges) if place % 2 == 0 else (edges, nodes)
        found = response.json()["data"][f"r{place}"]
        assert [from_graphql(node, first) for node in found["nodes"]] == plain_answer(first, listing, served.rows)
        shown = [from_graphql(edge["node"], second) for edge in found["edges"]]
        assert shown == plain_answer(second, listing, served.rows)


async def asked_of_session(served: Served, asked: Asked, listing: Listing) -> list[Found]:
    action = served.session.domain.action(asked.resource, "browse")
    page = await served.session.page(action, query_of(asked, listing))
    return [from_record(record, asked) for record in page.records]


async def asked_of_rest(served: Served, asked: Asked, listing: Listing) -> list[Found]:
    path = f"/api/{collection_path(asked.resource)}"
    response = await served.http.get(path, params=parameters_of(asked, listing))
    assert response.status_code == 200, response.text
    return [from_rest(shown, asked) for shown in response.json()["data"]]


@QUICK
@given(page=pages(3), copies=st.integers(1, 2))
async def test_graphql_answers_whatever_is_asked_in_whatever_words(
    forum: Served, page: tuple[Listing, Asked, Asked], copies: int
) -> None:
    await asked_of_graphql(forum, page, copies)


@QUICK
@given(page=pages(3))
async def test_a_session_loads_whatever_is_asked(forum: Served, page: tuple[Listing, Asked, Asked]) -> None:
    listing, asked, _ = page
    assert await asked_of_session(forum, asked, listing) == plain_answer(asked, listing, forum.rows)


@QUICK
@given(asked=st.sampled_from(RESOURCES).flatmap(lambda name: plain_questions(name, 3)), listing=listings())
async def test_all_three_give_one_answer(forum: Served, asked: Asked, listing: Listing) -> None:
    expected = plain_answer(asked, listing, forum.rows)
    assert await asked_of_rest(forum, asked, listing) == expected
    assert await asked_of_session(forum, asked, listing) == expected
    await asked_of_graphql(forum, (listing, asked, asked), 1)


@FEW
@given(page=pages(2), asked=st.sampled_from(RESOURCES).flatmap(lambda name: plain_questions(name, 3)))
async def test_they_agree_over_a_database_too(
    stored_forum: Served, page: tuple[Listing, Asked, Asked], asked: Asked
) -> None:
    await asked_of_graphql(stored_forum, page, 2)
    expected = plain_answer(asked, page[0], stored_forum.rows)
    assert await asked_of_rest(stored_forum, asked, page[0]) == expected
    assert await asked_of_session(stored_forum, asked, page[0]) == expected
