"""Times by the five fields of cron."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from framework.spec.cron import cron_of

WEDNESDAY = "2026-11-25 12:30"


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("* * * * *", ["2026-11-25 12:31", "2026-11-25 12:32"]),
        ("*/20 8-9 * * *", ["2026-11-26 08:00", "2026-11-26 08:20"]),
        ("5/30 12 * * *", ["2026-11-25 12:35", "2026-11-26 12:05"]),
        ("0 3 * * mon-fri", ["2026-11-26 03:00", "2026-11-27 03:00", "2026-11-30 03:00"]),
        ("0 0 1,15 * *", ["2026-12-01 00:00", "2026-12-15 00:00"]),
        # Both days narrowed: either; 7 is Sunday as 0 is.
        ("0 0 1 * 7", ["2026-11-29 00:00", "2026-12-01 00:00", "2026-12-06 00:00"]),
        ("30 12 29 FEB *", ["2028-02-29 12:30", "2032-02-29 12:30"]),
    ],
)
def test_the_times_that_follow(text: str, following: list[str]) -> None:
    moment, found = datetime.fromisoformat(WEDNESDAY).replace(tzinfo=UTC), []
    for _ in following:
        moment = cron_of(text).after(moment)
        found.append(f"{moment:%Y-%m-%d %H:%M}")
    assert found == following


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0 3 * *", "five fields are needed"),
        ("60 3 * * *", "`60` is no minute: 0 to 59"),
        ("0 3 * * monday", "`monday` is no day of the week: 0 to 7, or sun to sat"),
        ("0 3 31 2 *", "never comes"),
        ("0 9-5 * * *", "`9-5` ends before it begins"),
        ("*/0 * * * *", "a step is a whole number above 0"),
        ("-1 * * * *", "`` is no minute"),
        ("\u0661 * * * *", "is no minute"),
    ],
)
def test_what_is_no_time_is_told(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        cron_of(text)
