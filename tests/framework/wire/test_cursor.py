"""Cursors come back as they were given, and nothing else passes for one."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.actions.query import SeenRecord, Sort
from framework.errors import Invalid
from framework.identifiers import uuid7
from framework.spec.domain import DomainSpec
from framework.wire.cursor import decode_cursor, encode_cursor

SORT = (Sort(("created_at",), descending=True), Sort(("author", "name")), Sort(("pages",)), Sort(("score",)))
KEYS = (datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "Ada", None, 0.1, UUID(int=7))


@given(
    keys=st.tuples(
        st.datetimes(timezones=st.just(UTC)),
        st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.uuids(),
    )
)
def test_a_cursor_brings_back_the_keys_it_was_made_of(keys: tuple[object, ...], library: DomainSpec) -> None:
    book = library.resources["Book"]
    text = encode_cursor(keys, SORT, book, library)
    assert decode_cursor(text, SORT, book, library) == keys
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_sort_by_the_key_itself_needs_no_other(library: DomainSpec) -> None:
    book, sort, key = library.resources["Book"], (Sort(("id",), descending=True),), (uuid7(),)
    assert decode_cursor(encode_cursor(key, sort, book, library), sort, book, library) == key


@pytest.mark.parametrize("text", ["x" * 7000, "🐍" * 100_000, "\x01" * 400])
def test_however_long_the_values_the_cursor_is_short_and_stands_for_the_record(text: str, library: DomainSpec) -> None:
    book, keys = library.resources["Book"], (*KEYS[:1], text, *KEYS[2:])
    cursor = encode_cursor(keys, SORT, book, library)
    assert len(cursor) < 100
    assert decode_cursor(cursor, SORT, book, library) == SeenRecord(KEYS[-1])
    with pytest.raises(Invalid, match="another list or another order"):
        decode_cursor(cursor, SORT[:2], book, library)


@pytest.mark.parametrize(
    ("sort", "resource"), [((Sort(("created_at",)),), "Book"), ((), "Book"), ((), "Author"), (SORT[:2], "Book")]
)
def test_a_cursor_of_another_order_or_list_is_refused(
    sort: tuple[Sort, ...], resource: str, library: DomainSpec
) -> None:
    text = encode_cursor(KEYS, SORT, library.resources["Book"], library)
    with pytest.raises(Invalid, match="this cursor belongs to another list or another order") as caught:
        decode_cursor(text, sort, library.resources[resource], library)
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [("bad_cursor", ("after",))]


@pytest.mark.parametrize("text", ["", "!", "a", "é", "bnVsbA", "W10", "e30", "A" * 9000, "____", "\x00"])
def test_garbage_is_no_cursor(text: str, library: DomainSpec) -> None:
    with pytest.raises(Invalid) as caught:
        decode_cursor(text, (), library.resources["Book"], library)
    assert caught.value.issues[0].code == "bad_cursor"


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str, library: DomainSpec) -> None:
    with pytest.raises(Invalid):
        decode_cursor(text, SORT, library.resources["Book"], library)


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["2026-01-02T03:04:05Z", "Ada", 1, 0.5],
        ["2026-01-02T03:04:05Z", "Ada", 1, 0.5, str(UUID(int=7)), 1],
        [{"$gt": ""}, "Ada", 1, 0.5, str(UUID(int=7))],
        ["2026-01-02T03:04:05Z", {"op": "or"}, 1, 0.5, str(UUID(int=7))],
        ["2026-01-02T03:04:05Z", "A\x00", 1, 0.5, str(UUID(int=7))],
        ["2026-01-02T03:04:05Z", "Ada", 2**63, 0.5, str(UUID(int=7))],
        ["2026-01-02T03:04:05Z", "Ada", 1, 0.5, "1 OR 1=1"],
    ],
)
def test_a_forged_cursor_brings_in_nothing_but_values(values: list[object], library: DomainSpec) -> None:
    book = library.resources["Book"]
    honest = encode_cursor(KEYS, SORT, book, library)
    digest = orjson.loads(urlsafe_b64decode(honest + "=" * (-len(honest) % 4)))[0]
    forged = urlsafe_b64encode(orjson.dumps([digest, *values])).decode()
    with pytest.raises(Invalid, match="this is not a cursor"):
        decode_cursor(forged, SORT, book, library)
