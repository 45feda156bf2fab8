"""Budgets: counted together, refused in order, and never what keeps somebody out while Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from api.rate_limits import Budget, Left, RateLimits, headers_of, refusal
from api.whose_address import whose_address
from tests.api.socket import connected
from tests.installation.fixtures import Copy
from tests.resources.accounts.callers.guarded import bearer, guarded

Make = Any


@pytest.fixture
async def limits(redis_url: str) -> AsyncIterator[Make]:
    made: list[asyncio.Task[None]] = []
    prefix = f"test:{uuid4().hex}:"

    def make(url: str = redis_url) -> RateLimits:
        each = RateLimits(url, prefix)
        made.append(asyncio.create_task(each.stay()))
        return each

    yield make
    await asyncio.sleep(0)
    for task in made:
        task.cancel()
    await asyncio.gather(*made, return_exceptions=True)


async def test_as_many_as_the_budget_says_and_not_one_more(limits: Make) -> None:
    one, other, budget = limits(), limits(), Budget("actor", "key:1", 20)
    left = [await each.taken([budget]) for each in (one, other) for _ in range(10)]
    assert [refusal(each) for each in left] == [None] * 20
    assert [each[0].requests for each in left] == [*range(19, -1, -1)]
    over = await one.taken([budget])
    refused = refusal(over)
    assert refused is not None
    assert 1 <= refused.issues[0].params["retry_after"] <= 3
    assert refusal(await one.taken([Budget("actor", "key:2", 20)])) is None


async def test_two_processes_at_once_are_counted_together(limits: Make) -> None:
    budget, processes = Budget("actor", "key:1", 30), [limits() for _ in range(4)]
    await asyncio.gather(*(each.taken([Budget("warm", "up", 1000)]) for each in processes))

    async def asked(process: RateLimits) -> list[list[Left]]:
        return [await process.taken([budget]) for _ in range(20)]

    left = [each for found in await asyncio.gather(*map(asked, processes)) for each in found]
    assert all(left)
    assert sum(refusal(each) is None for each in left) in (30, 31)


async def test_what_one_budget_refuses_is_taken_from_none(limits: Make) -> None:
    one, small, large = limits(), Budget("address", "a", 2), Budget("actor", "key:1", 1000)
    left = [await one.taken([large, small]) for _ in range(10)][-1]
    assert left[0].requests in (997, 998)
    assert refusal(left) is not None
    assert headers_of(left)["ratelimit-policy"] == '"actor";q=1000;w=60, "address";q=2;w=60'


async def test_without_redis_everybody_passes_and_it_is_told(limits: Make) -> None:
    one = limits("redis://127.0.0.1:1/0")
    for _ in range(3):
        assert refusal(await one.taken([Budget("actor", "key:1", 1)])) is None
    assert {figure.name: figure.value for figure in one.figures()} == {
        "dspex_rate_limited_total": 0,
        "dspex_rate_uncounted_total": 3,
    }


async def test_an_answer_tells_what_is_left_and_a_refusal_when_to_come_again(copy: Copy) -> None:
    async with guarded(await copy(), rate_per_actor=3, rate_failures=2, redis_prefix=uuid4().hex) as served:
        key, other = [(await served.key((await served.user()).id)).key for _ in range(2)]
        answers = [await served.asked(bearer(key)) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"actor";q=3;w=60'
        assert answers[0].headers["ratelimit"].startswith('"actor";r=2;t=')
        assert (answers[3].json()["code"], int(answers[3].headers["retry-after"]) > 0) == ("rate_limited", True)
        graphql = await served.http.post("/graphql", json={"query": "{ __typename }"}, headers=[bearer(key)])
        assert (graphql.status_code, graphql.json()["errors"][0]["extensions"]["code"]) == (429, "rate_limited")
        assert graphql.headers["ratelimit"]
        assert (await served.asked(bearer(other))).status_code == 200
        wrong = [(await served.asked(bearer("dspex_wrong"))).status_code for _ in range(3)]
        assert wrong == [401, 401, 429]
        assert (await served.asked(bearer(other))).status_code == 200
        assert "dspex_rate_limited_total" in (await served.asked(bearer(other), path="/metrics")).text


QUERY = {"query": "{ __typename }"}


async def test_each_operation_over_a_socket_counts_as_a_request(copy: Copy) -> None:
    async with guarded(await copy(), rate_per_actor=3, redis_prefix=uuid4().hex) as served:
        key = (await served.key((await served.user()).id)).key
        assert (await served.asked(bearer(key))).status_code == 200
        async with connected(served.app) as socket:
            await socket.send({"type": "connection_init", "payload": {"x-api-key": key}})
            await socket.said()
            told = []
            for number in "1234":
                await socket.send({"type": "subscribe", "id": number, "payload": QUERY})
                told.append(await socket.said())
                if told[-1]["type"] == "next":
                    await socket.said()
        assert [(each["id"], each["type"]) for each in told] == [
            ("1", "next"),
            ("2", "next"),
            ("3", "error"),
            ("4", "error"),
        ]
        (error,) = told[-1]["payload"]
        assert error["extensions"]["code"] == "rate_limited"
        assert error["extensions"]["params"]["retry_after"] >= 1
        assert (await served.asked(bearer(key))).status_code == 429


ELSEWHERE = "192.0.2.1"


async def test_sockets_are_opened_as_often_as_an_address_may_ask(copy: Copy) -> None:
    async with guarded(await copy(), host=ELSEWHERE, rate_per_address=2, redis_prefix=uuid4().hex) as served:
        for _ in range(2):
            async with connected(served.app):
                pass
        with pytest.raises(AssertionError, match=r"websocket\.http\.response\.start.*429"):
            async with connected(served.app):
                pass
        assert (await served.asked()).status_code == 429


async def test_an_operation_over_a_socket_is_taken_from_its_address(copy: Copy) -> None:
    settings = await copy()
    known = {"host": ELSEWHERE, "rate_per_actor": 0, "rate_per_address": 2, "redis_prefix": uuid4().hex}
    async with guarded(settings, **known) as served:
        key = (await served.key((await served.user()).id)).key
        async with connected(served.app) as socket:
            await socket.send({"type": "connection_init", "payload": {"x-api-key": key}})
            await socket.said()
            for number in "12":
                await socket.send({"type": "subscribe", "id": number, "payload": QUERY})
            told = [await socket.said() for _ in range(3)]
    assert [each["type"] for each in told] == ["next", "complete", "error"]


async def test_whoever_is_not_known_takes_from_the_address_too_and_an_answer_tells_of_both(copy: Copy) -> None:
    async with guarded(await copy(), host=ELSEWHERE, rate_per_address=5, redis_prefix=uuid4().hex) as served:
        key = (await served.key((await served.user()).id)).key
        known = await served.asked(bearer(key))
        assert known.headers["ratelimit-policy"] == '"actor";q=6000;w=60, "address";q=5;w=60'
        paths = ["/api/projects", "/login/oidc/callback", "/", "/readyz", "/healthz", "/docs"]
        asked = [(await served.asked(bearer("dspex_wrong"), path=path)).status_code for path in paths]
        assert [status == 429 for status in asked] == [False, False, False, False, False, True]
        assert (await served.asked(bearer(key))).status_code == 429


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_addresses_that_one_client_may_take_are_one(address: str, whose: str) -> None:
    assert whose_address(address) == whose
