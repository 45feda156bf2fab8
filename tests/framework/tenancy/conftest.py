"""The studio, filled, in memory and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from framework.actions.engine import Engine
from framework.actions.session import Session
from framework.testing.engines import in_memory, in_postgres
from tests.framework.tenancy.studio import ACME, OTHER, STUDIO, Organization, Project, Task, within


@dataclass(frozen=True, slots=True)
class Studio:
    """A project with a task in each of two tenants."""

    engine: Engine
    mine: Any
    theirs: Any
    my_task: Any
    their_task: Any

    def inside(self, tenant: UUID | None) -> Session:
        return self.engine.session(within(tenant))

    @property
    def acme(self) -> Session:
        return self.inside(ACME)

    @property
    def other(self) -> Session:
        return self.inside(OTHER)

    @property
    def nowhere(self) -> Session:
        return self.inside(None)

    @property
    def system(self) -> Session:
        return self.engine.system("a test looks at everything")


async def filled(engine: Engine) -> Studio:
    async with engine.system("the tenants").transaction() as inner:
        spec = inner.domain.of(Organization)
        await inner.writer.insert(spec, [{"id": ACME, "name": "acme"}, {"id": OTHER, "name": "other"}])
    made = []
    for tenant in (ACME, OTHER):
        session = engine.session(within(tenant))
        project = await session.create(Project.begin, {"name": "roof"})
        made.append((project, await session.create(Task.plan, {"title": "tiles", "project_id": project.id})))
    (mine, my_task), (theirs, their_task) = made
    return Studio(engine, mine, theirs, my_task, their_task)


@pytest.fixture(params=["memory", "postgres"])
async def studio(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Studio]:
    opened = in_memory(STUDIO) if request.param == "memory" else in_postgres(STUDIO, url=fresh_database_url)
    async with opened as engine:
        yield await filled(engine)
