"""The `Accept` header of a request: what kind of answer the client prefers (RFC 9110, 12.5.1)."""

from __future__ import annotations

from dataclasses import dataclass

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Accept:
    """The quality of each media range that was named, from 0 (not at all) to 1."""

    ranges: dict[str, float]

    @classmethod
    def of(cls, header: str) -> Accept:
        """What a header says; one that cannot be read says that anything will do."""
        return cls(dict(_range(part) for part in header.split(",") if part.strip()) or {"*/*": 1.0})

    @property
    def json(self) -> str:
        """The form of JSON that is preferred; the older one where both will do only because anything does."""
        named = self.ranges.get(GRAPHQL_JSON, 0)
        return GRAPHQL_JSON if named > 0 and named >= self.quality(JSON) else JSON

    @property
    def takes_events(self) -> bool:
        """Whether a stream of events was asked for by name."""
        return EVENT_STREAM in self.ranges and self.quality(EVENT_STREAM) > 0

    @property
    def prefers_events(self) -> bool:
        """Whether a stream of events is better than JSON."""
        return self.takes_events and self.quality(EVENT_STREAM) > max(self.quality(JSON), self.quality(GRAPHQL_JSON))

    def quality(self, media_type: str) -> float:
        """How much the client wants a type: what it says of the type itself, or of all like it, or of all."""
        for named in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
            if named in self.ranges:
                return self.ranges[named]
        return 0.0


def _range(part: str) -> tuple[str, float]:
    media_type, *parameters = part.split(";")
    given = dict(_parameter(parameter) for parameter in parameters)
    try:
        quality = float(given.get("q", "1"))
    except ValueError:
        quality = 0.0
    return media_type.strip().lower(), min(max(quality, 0.0), 1.0)


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()
