"""Tables that are made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from framework.spec.domain import DomainSpec
from framework.sql.definitions.tables import add_table


@dataclass(frozen=True, slots=True)
class LazyTables(Mapping[str, sa.Table]):
    """The tables of a domain with nothing but their columns and keys, by the name of their resource.

    Whoever asks about a few of hundreds does not wait for all of them.
    """

    domain: DomainSpec
    metadata: sa.MetaData
    made: dict[str, sa.Table] = field(default_factory=dict)

    def __getitem__(self, name: str) -> sa.Table:
        if name not in self.made:
            self.made[name] = add_table(self.domain.resources[name], self.metadata, self.domain)
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return (spec.name for spec in self.domain.stored)

    def __len__(self) -> int:
        return len(self.domain.stored)
