"""The extension that gives a domain its jobs, their schedules, the heartbeats of processes and the end of records."""

from __future__ import annotations

from framework.compiler.extension import Extension
from framework.compiler.tenancies.shared import shared_by_tenants
from framework.events.event import Event
from framework.events.extension import tenants_of_events
from framework.events.log_epoch import LogEpoch
from framework.jobs.job import Job
from framework.jobs.retention.retention_rule import RetentionRule
from framework.jobs.schedules.job_schedule import JobSchedule
from framework.jobs.verifiers import jobs_that_can_run, queued_jobs_exist
from framework.processes.process_heartbeat import ProcessHeartbeat
from framework.spec.domain import DomainSpec


def tenants_of_jobs(domain: DomainSpec) -> DomainSpec:
    """The domain with jobs kept within the tenant that they were started in, where there are any."""
    return shared_by_tenants(domain, Job, accepting=("queue_up",))


JOBS = Extension(
    "jobs",
    resources=(Event, LogEpoch, Job, JobSchedule, ProcessHeartbeat, RetentionRule),
    transformers=(tenants_of_events, tenants_of_jobs),
    verifiers=(jobs_that_can_run, queued_jobs_exist),
)
