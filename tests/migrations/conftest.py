"""A user's own domain, whose history is kept in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.resource import Resource
from framework.sql.migrations.migrations import Migrations

MakeMigrations = Callable[..., Migrations]


@pytest.fixture
def migrations(fresh_database_url: str, tmp_path: Path) -> MakeMigrations:
    """The migrations of these resources, in an empty database; again, with others, in the same one."""

    def make(*resources: type[Resource]) -> Migrations:
        domain = compile_domain(Domain("test", resources))
        return Migrations(domain, fresh_database_url, {"test": tmp_path / "versions"})

    return make
