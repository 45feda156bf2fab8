"""Addresses, and what a connection is set to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from framework.errors import Invalid
from framework.sql.engine import address, open_engine


def test_a_socket_is_named_in_the_query() -> None:
    found = address("postgresql://postgres@/postgres?host=/run/my%20sockets")
    assert (found.drivername, found.query["host"]) == ("postgresql+psycopg", "/run/my sockets")


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://localhost/x", "sqlite://"])
def test_another_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        address(url)
    assert caught.value.issues[0].code == "bad_database_url"


async def test_the_server_s_own_configuration_changes_nothing(database_url: str) -> None:
    engine = open_engine(f"{database_url}{'&' if '?' in database_url else '?'}options=-c%20TimeZone%3DAsia/Tokyo")
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("SHOW TimeZone"))).scalar() == "UTC"
    finally:
        await engine.dispose()
