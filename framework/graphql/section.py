"""What a resource may say about its place in the GraphQL API."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Graphql:
    """`mutation` names the field of the resource's one generic action, which is then called like a function.

    Its inputs are the arguments of the field, it gives its result itself and no payload, and what is wrong
    arrives among the `errors` of the response: `triageTicket(ticket: String!): TriageTicketResult!`.
    """

    mutation: str | None = None
