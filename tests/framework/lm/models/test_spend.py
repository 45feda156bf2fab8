from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from framework.lm.models.spend import Spend, Usage, UsageCounter

USAGE = Usage("a", 10, 2, 0.5, 1.0)


def test_calls_from_many_threads_are_all_counted() -> None:
    counter = UsageCounter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counter.add(USAGE), range(400)))
    assert counter.total == Spend(calls=400, tokens_in=4000, tokens_out=800, cost_usd=200.0)


def test_one_unknown_price_makes_the_total_unknown() -> None:
    unknown = Spend().plus(USAGE).plus(Usage("b", 1, 1, None, 1.0))
    assert unknown.cost_usd is None
    assert unknown.plus(USAGE).cost_usd is None
    assert unknown.to_json()["calls"] == 2
