from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from framework.identifiers import uuid7


def test_an_identifier_is_a_version_7_uuid_of_this_moment() -> None:
    before = datetime.now(UTC)
    made = uuid7()
    after = datetime.now(UTC)
    moment = datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before - timedelta(milliseconds=1) <= moment <= after + timedelta(milliseconds=1)


def test_identifiers_sort_in_the_order_they_were_made() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same_time_twice() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: uuid7(), range(8_000)))
    assert len({identifier.int >> 64 for identifier in made}) == len(made)
