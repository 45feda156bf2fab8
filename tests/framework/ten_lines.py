"""A resource in ten lines, and the verb of its job: all the code there is."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from framework import Attr, Create, Domain, Job, Read, Resource, Update, attribute, primary_key, verb
from framework.events.extension import EVENTS
from framework.graphql.extension import GRAPHQL
from framework.jobs.enqueue import enqueue
from framework.jobs.extension import JOBS
from framework.jobs.job_run import JobRun
from framework.rest.extension import REST
from framework.sql.extension import SQL


class Done(BaseModel):
    """How much is polished."""

    percent: int


class Note(Resource):
    """Something written down."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=80)
    stars: Attr[int] = attribute(default=0, ge=0, le=5)
    browse = Read()
    create = Create(accept=[title, stars], then=enqueue("polish"))
    update = Update(accept=[title, stars])
    polish = Job(verb("tests.framework.ten_lines:polish"), queue="notes", progress=Done)


NOTES = Domain("notes", [Note], [EVENTS, JOBS, SQL, GRAPHQL, REST])


async def polish(run: JobRun) -> None:
    """Gives the note a star."""
    await run.report(Done(percent=100))
    await run.session.update(Note.update, run.target_id, {"stars": 5})
