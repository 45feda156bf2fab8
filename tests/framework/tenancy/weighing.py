"""The work of the studio's jobs."""

from __future__ import annotations

from framework.jobs.job_run import JobRun
from tests.framework.tenancy.studio import Project


async def weigh(run: JobRun) -> None:
    """Renames every project that it sees."""
    for project in await run.session.read(Project.browse):
        await run.session.update(Project.rename, project.id, {"name": f"{project.name} weighed"})


async def survey(run: JobRun) -> None:
    """Begins a project, so that it is seen in which tenant it was."""
    await run.session.create(Project.begin, {"name": "surveyed"})
