"""The extension that gives a domain its job table."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.events.event import Event
from framework.jobs.job import Job
from framework.jobs.verifiers import jobs_that_can_run, queued_jobs_exist

JOBS = Extension("jobs", resources=(Event, Job), verifiers=(jobs_that_can_run, queued_jobs_exist))
