"""What a column is filled from is filled before it, whichever table it is of."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_filled_tables import stored
from tests.migrations.test_own_domain import execute, started


class Customer(Resource):
    id: Attr[UUID] = primary_key()
    address: Attr[str] = attribute()


class Account(Resource):
    id: Attr[UUID] = primary_key()
    customer: One[Customer] = belongs_to()


async def one_account(migrations: MakeMigrations) -> Migrations:
    """A customer with one."""
    first = migrations(Customer, Account)
    await started(first)
    customer, account = f"INSERT INTO customers VALUES ('{UUID(int=1)}', 'Bonn')", f"('{UUID(int=2)}', '{UUID(int=1)}')"
    await execute(first, customer, f"INSERT INTO accounts (id, customer_id) VALUES {account}")
    return first


async def test_a_backfill_over_a_link_comes_after_the_one_that_it_takes_from(migrations: MakeMigrations) -> None:
    await one_account(migrations)

    class Customer(Resource):
        id: Attr[UUID] = primary_key()
        address: Attr[str] = attribute()
        town: Attr[str] = attribute(backfill=address)

    class Account(Resource):
        id: Attr[UUID] = primary_key()
        customer: One[Customer] = belongs_to()
        city: Attr[str | None] = attribute(backfill=customer.town)

    second = migrations(Account, Customer)
    assert await second.revision("Cities") is not None
    await second.upgrade()
    assert await execute(second, "SELECT city FROM accounts") == [("Bonn",)]


async def test_columns_that_fill_each_other_are_refused(migrations: MakeMigrations) -> None:
    await one_account(migrations)
    words = {"town": attribute(backfill=stored("street")), "street": attribute(backfill=stored("town"))}
    annotations = {"town": Attr[str], "street": Attr[str]}
    both = type("Customer", (Customer,), {"__module__": __name__, "__annotations__": annotations, **words})
    with pytest.raises(Invalid, match="is to be filled from what it fills itself: customers"):
        await migrations(both).revision("Towns", Decisions(drops=("Account",)))
