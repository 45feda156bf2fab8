"""The retention rules that an installation goes by: those declared, and its own settings about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from framework.errors import Invalid
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.spec.retention import RetentionSpec
from framework.suggest import did_you_mean

# Days by the name of a resource; None is for ever.
Days = Mapping[str, float | None]
FOR_EVER = "for ever"


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule as it is carried out here; `after` is None where records are kept for ever."""

    resource: ResourceSpec
    declared: RetentionSpec
    after: timedelta | None

    @property
    def says(self) -> str:
        """How long records are kept, in words."""
        if self.after is None:
            return FOR_EVER
        every = self.declared.partition_every
        together = "" if every is None else f", {_days(every)} of them together"
        return f"{_days(self.after)} from `{self.declared.since}` on{together}"


def _days(time: timedelta) -> str:
    return f"{time.total_seconds() / 86_400:g} days"


def rules_in_force(domain: DomainSpec, days: Days) -> list[RuleInForce]:
    """The rules, those of what belongs to others first; raises Invalid for days of a resource that has none."""
    found = list(_rules(domain, days))
    names = [rule.resource.name for rule in found]
    for name in days:
        if name not in names:
            raise Invalid(
                f"DSPEX_RETENTION: `{name}` is no resource that says how long its records are kept",
                code="unknown_retention",
                path=("DSPEX_RETENTION",),
                hint=did_you_mean(name, names) or f"there are {', '.join(names)}",
            )
    return found


def _rules(domain: DomainSpec, days: Days) -> Iterator[RuleInForce]:
    for spec in reversed(domain.stored):
        if spec.retention is not None:
            after: timedelta | None = spec.retention.after
            if spec.name in days:
                kept = days[spec.name]
                after = None if kept is None else timedelta(days=kept)
            yield RuleInForce(spec, spec.retention, after)
