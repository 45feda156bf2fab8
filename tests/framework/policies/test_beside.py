"""Domains that are served together: each is held by its own policies, and what they share by those of any."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework import (
    Actor,
    Attr,
    Context,
    Create,
    Domain,
    Forbidden,
    Read,
    Resource,
    actor,
    allow,
    attribute,
    compile_domain,
    primary_key,
)
from framework.actions.engine import Engine
from framework.actions.query import Query
from framework.data.memory import MemoryLayer
from framework.events.extension import EVENTS


class Open(Resource):
    """Of a domain without policies."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()

    browse = Read()
    add = Create(accept=[name])


class Held(Resource):
    """Of a domain with policies."""

    id: Attr[UUID] = primary_key()

    browse = Read()
    add = Create()


OPEN = Domain("open", [Open], [EVENTS])
HELD = Domain("held", [Held], [EVENTS], policies=[allow().when(actor("is_owner") == True)])  # noqa: E712 - an expression


@pytest.mark.parametrize("domains", [(OPEN, HELD), (HELD, OPEN)])
async def test_what_an_extension_brings_is_held_whichever_domain_is_named_first(domains: tuple[Domain, ...]) -> None:
    domain = compile_domain(*domains)
    engine = Engine(domain, MemoryLayer(domain))
    somebody = engine.session(Context(Actor("user", "ann")))
    await somebody.create(Open.add, {"name": "seen"})
    assert [each.name for each in await somebody.read(Open.browse)] == ["seen"]
    with pytest.raises(Forbidden):
        await somebody.create(Held.add, {})
    with pytest.raises(Forbidden):
        await somebody.page(domain.action("Event", "browse"), Query())
    owner = engine.session(Context(Actor("user", "bob", {"is_owner": True})))
    await owner.create(Held.add, {})
    assert (await owner.page(domain.action("Event", "browse"), Query())).records == []
