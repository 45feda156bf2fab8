"""A resource in ten lines, and the verb of its job: all the code there is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from framework import STANDARD, Attr, Create, Domain, Job, Read, Resource, Update, attribute, enqueue, primary_key, verb
from framework.jobs.job_run import JobRun


class Done(BaseModel):
    """How much is polished."""

    percent: Annotated[int, Field(ge=0, le=100)]


class Note(Resource):
    """Something written down."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=80)
    stars: Attr[int] = attribute(default=0, ge=0, le=5)
    browse = Read()
    create = Create(accept=[title, stars], then=enqueue("polish"))
    update = Update(accept=[title, stars])
    polish = Job(verb("tests.framework.ten_lines:polish"), queue="notes", progress=Done)


NOTES = Domain("notes", [Note], STANDARD)


async def polish(run: JobRun) -> None:
    """Gives the note a star."""
    await run.report(Done(percent=100))
    await run.session.update(Note.update, run.target_id, {"stars": 5})
