"""How much one operation may ask for, so that none is too dear to answer. On by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema

from framework.graphql.cost import cost_of
from framework.graphql.list_sizes import most_of_schema, sizes_of_records, sizes_of_schema
from framework.spec.domain import DomainSpec
from framework.wire.weighing import MOST

# `__schema` once and `__type` once is what tools ask for; or `__type` twice.
MOST_INTROSPECTIONS, MOST_SCHEMAS = 2, 1


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The most that one operation may be.

    `depth` counts nested fields, `aliases` renamed ones, `tokens` the words of the document. `cost` counts the
    values that an answer may hold at most: each field once for each record it is read of. The schema itself may be
    asked about twice, with `__schema` once, and no more than twice what the whole schema costs. `filter_cost` is what
    all filters and sorts together may cost.
    """

    depth: int = 12
    aliases: int = 30
    tokens: int = 4000
    cost: int = 200_000
    introspection: bool = True
    filter_cost: int = MOST


class LimitedSchema:
    """The limits of one schema, and the sizes by which the cost of documents is counted."""

    def __init__(self, domain: DomainSpec, schema: GraphQLSchema, limits: QueryLimits) -> None:
        self.limits = limits
        self._records = sizes_of_records(domain)
        self._schema = sizes_of_schema(schema)
        self._introspection = most_of_schema(self._schema)

    def refusals(self, document: DocumentNode, variables: Mapping[str, Any]) -> Iterator[GraphQLError]:
        """What is too much about a document; its operations count together, for any of them may be the one to run."""
        found = cost_of(document, variables, self._records, self._schema)
        bounds = {
            "depth": (found.depth, self.limits.depth),
            "aliases": (found.aliases, self.limits.aliases),
            "cost": (found.cost, self.limits.cost),
            "filter cost": (found.narrowing, self.limits.filter_cost),
            "number of `__schema`": (found.schemas, MOST_SCHEMAS),
            "introspections": (found.introspections, MOST_INTROSPECTIONS),
            "introspection": (found.introspection, self._introspection),
        }
        for name, (asked, most) in bounds.items():
            if asked > most:
                says = f"the {name} of this operation is {asked}, at most {most} is allowed"
                params = {"limit": name, "found": asked, "maximum": most}
                yield GraphQLError(says, extensions={"code": "too_complex", "params": params})
