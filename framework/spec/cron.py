"""Times of day by the five fields of cron: minute, hour, day of the month, month, day of the week; in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five: its least and greatest value, and the names that its values have, from the least on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def value(self, said: str) -> int:
        """What is said as a number; raises ValueError."""
        plain = said.isdecimal() and said.isascii()
        value = self.names.index(said) + self.low if said in self.names else int(said) if plain else -1
        if not self.low <= value <= self.high:
            named = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
            raise ValueError(f"`{said}` is no {self.name}: {self.low} to {self.high}{named}")
        return value


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 0, 7, DAYS),
)
# The 29th of February comes back after eight years at the latest.
DAYS_AHEAD = 366 * 8


@dataclass(frozen=True, slots=True)
class Cron:
    """A pattern of times. Where both days are narrowed, either is enough, as in every cron."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def after(self, moment: datetime) -> datetime:
        """The first time later than the moment; raises ValueError when there is none."""
        first = (moment.astimezone(UTC) + timedelta(minutes=1)).replace(second=0, microsecond=0)
        for ahead in range(DAYS_AHEAD):
            day = first + timedelta(days=ahead)
            if not self._on(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    if (found := day.replace(hour=hour, minute=minute)) >= first:
                        return found
        raise ValueError("this time never comes")

    def _on(self, day: datetime) -> bool:
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (of_month or of_week if self.either_day else of_month and of_week)


def cron_of(text: str) -> Cron:
    """The pattern that a text says; raises ValueError with what is wrong with it."""
    parts = text.lower().split()
    if len(parts) != len(FIELDS):
        raise ValueError("five fields are needed: minute, hour, day of the month, month, day of the week")
    minutes, hours, days, months, weekdays = (_values(part, field) for part, field in zip(parts, FIELDS, strict=True))
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    found = Cron(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either)
    found.after(datetime(2000, 1, 1, tzinfo=UTC))
    return found


def _values(text: str, field: Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and step.isascii() and int(step) > 0):
            raise ValueError(f"`{part}`: a step is a whole number above 0")
        first, dash, last = span.partition("-")
        begin = field.low if span == "*" else field.value(first)
        to_the_end = span == "*" or (slash and not dash)
        end = field.high if to_the_end else field.value(last) if dash else begin
        if end < begin:
            raise ValueError(f"`{part}` ends before it begins")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)
