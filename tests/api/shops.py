"""A domain whose records belong to shops, in which people act by a header."""

from __future__ import annotations

from uuid import UUID

from framework import (
    STANDARD,
    Actor,
    Attr,
    Authenticates,
    Caller,
    Context,
    Create,
    Destroy,
    Domain,
    Read,
    Resource,
    Unauthenticated,
    Update,
    attribute,
    by_column,
    identity,
    primary_key,
    verb,
)

NORTH, SOUTH = "01900000-0000-7000-8000-00000000000a", "01900000-0000-7000-8000-00000000000b"
TOKENS = {"ada's": "ada", "bob's": "bob"}
STAFF = {"ada": {NORTH, SOUTH}, "bob": {SOUTH}}


class Callers(Authenticates):
    """Whoever has a token, in the shop that they name."""

    async def context_of(self, caller: Caller) -> Context:
        who = await self.actor_again("user", TOKENS.get(caller.given("x-token") or "", ""))
        if who is None:
            raise Unauthenticated
        return Context(who, tenant=caller.given("x-shop"))

    async def actor_again(self, kind: str, id: str) -> Actor | None:  # noqa: A002
        return Actor(kind, id) if id in STAFF else None

    async def belongs(self, actor: Actor, tenant: str) -> bool:
        return tenant in STAFF[actor.id]


class Order(Resource):
    """What a shop sells."""

    id: Attr[UUID] = primary_key()
    shop_id: Attr[UUID] = attribute()
    number: Attr[str] = attribute()

    browse = Read()
    place = Create(accept=[number])
    amend = Update(accept=[number])
    cancel = Destroy()

    one_number = identity(number)
    tenancy = by_column(shop_id)


SHOPS = Domain("shops", [Order], STANDARD, authenticates=verb("tests.api.shops:Callers"))
