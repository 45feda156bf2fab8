"""The extension that gives a domain its jobs, their schedules, the heartbeats of processes and the end of records."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.events.event import Event
from framework.events.log_epoch import LogEpoch
from framework.jobs.job import Job
from framework.jobs.retention.retention_rule import RetentionRule
from framework.jobs.schedules.job_schedule import JobSchedule
from framework.jobs.verifiers import jobs_that_can_run, queued_jobs_exist
from framework.processes.process_heartbeat import ProcessHeartbeat

JOBS = Extension(
    "jobs",
    resources=(Event, LogEpoch, Job, JobSchedule, ProcessHeartbeat, RetentionRule),
    verifiers=(jobs_that_can_run, queued_jobs_exist),
)
