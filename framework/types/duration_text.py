"""A length of time as ISO 8601 writes it: in days and shorter, for years and months have no length of their own."""

from __future__ import annotations

from datetime import timedelta

from pydantic import PlainSerializer, WithJsonSchema


def duration_text(value: timedelta) -> str:
    """`P365D`, `PT1M30S`, `-P1DT0.5S`."""
    if not value:
        return "PT0S"
    size = abs(value)
    minutes, seconds = divmod(size.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    days = f"{size.days}D" if size.days else ""
    parts = (f"{hours}H" if hours else "", f"{minutes}M" if minutes else "")
    within = "".join((*parts, f"{seconds}{fraction}S" if seconds or fraction else ""))
    return f"{'-' if value < timedelta() else ''}P{days}{'T' + within if within else ''}"


AS_TEXT = (
    PlainSerializer(duration_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "duration"}),
)
"""What has Pydantic write it so, and say so."""
