"""A job: one piece of background work, its lease, its progress and its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from framework.declare.actions import Create, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import identity, index, retention
from framework.expr.build import moment
from framework.jobs.pausing import request_pause, take_up
from framework.jobs.steps import request_cancel, requeue
from framework.types.whole_numbers import Count


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


# One that is paused has not ended: it waits for somebody, and keeps its place.
LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
OVER = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
# How the key of a job begins that it has no more once it runs: another may then be queued.
WHILE_IT_WAITS = "waiting "


class Job(Resource):
    """Background work on a record: queued with the change that asked for it, leased by one worker at a time."""

    id: Attr[UUID] = primary_key()
    target_type: Attr[str] = attribute(doc="The resource whose job it is.")
    target_id: Attr[str] = attribute(doc="The record it is about; the resource's name when it is about none.")
    action: Attr[str] = attribute(doc="The job action.")
    queue: Attr[str] = attribute(doc="The queue of workers it waits in.")
    fairness_key: Attr[str] = attribute(default="", doc="Whose turn it takes: those of one queue come by turns.")
    turn: Attr[Count] = attribute(default=0, private=True, doc="The lowest of a queue is taken first.")
    state: Attr[JobState] = attribute(default=JobState.QUEUED)
    attempt: Attr[Count] = attribute(default=0, doc="How often it was begun: the fencing token of its lease.")
    attempts_without_progress: Attr[Count] = attribute(
        default=0, doc="How many of those in a row came to nothing: neither a new checkpoint nor an answer kept."
    )
    max_attempts: Attr[Count] = attribute(default=5, ge=1, doc="At so many attempts without progress it has failed.")
    arguments: Attr[dict[str, Any]] = attribute(default_factory=dict, doc="What its verb is called with.")
    unique_key: Attr[str | None] = attribute(
        default=None, private=True, doc="The same for jobs that would do the same; of those, one is live at a time."
    )
    context: Attr[dict[str, Any]] = attribute(private=True, doc="Who asked for it.")
    progress: Attr[dict[str, Any] | None] = attribute(default=None, doc="What it reported last.")
    checkpoint: Attr[dict[str, Any] | None] = attribute(default=None, private=True)
    error: Attr[dict[str, Any] | None] = attribute(default=None, doc="Code and message of what went wrong last.")
    cancel_requested: Attr[bool] = attribute(default=False)
    pause_requested: Attr[bool] = attribute(default=False, doc="Whether one that runs is asked to stop, and to wait.")
    lease_owner: Attr[str | None] = attribute(default=None)
    lease_expires_at: Attr[datetime | None] = attribute(default=None)
    heartbeat_at: Attr[datetime | None] = attribute(default=None)
    run_after: Attr[datetime] = attribute(default=moment(), doc="Not before this time.")
    notify_after: Attr[datetime] = attribute(
        default=moment() + timedelta(seconds=5), private=True, doc="When the reaper rings, if nobody has begun it."
    )
    started_at: Attr[datetime | None] = attribute(default=None)
    finished_at: Attr[datetime | None] = attribute(default=None)
    created_at: Attr[datetime] = created_at()

    browse = Read(orders=[created_at.desc(), (target_id, created_at.desc()), (state, created_at.desc())])
    queue_up = Create(
        accept=[
            target_type,
            target_id,
            action,
            queue,
            max_attempts,
            arguments,
            unique_key,
            context,
            run_after,
            fairness_key,
            turn,
        ],
        private=True,
    )
    cancel = Update(steps=[request_cancel()], doc="Asks a live job to stop; one that waits is cancelled at once.")
    pause = Update(steps=[request_pause()], doc="Asks a live job to stop until it is resumed; what it did is kept.")
    resume = Update(steps=[take_up()], doc="Queues a job that is paused again; it goes on where it was.")
    retry = Update(steps=[requeue()], doc="Queues a job that failed or was cancelled again.")

    one_live_job = identity(unique_key, where=state.one_of(LIVE), message="this is under way already")
    _live_of_a_record = index(target_id, where=state.one_of(LIVE))
    _waiting = index(state, notify_after, where=state.one_of(LIVE))
    _due = index(queue, turn, run_after, where=state == JobState.QUEUED)
    _last_turn = index(queue, fairness_key, turn, where=state == JobState.QUEUED)
    _kept = retention(after=timedelta(days=30), since=finished_at, where=state.one_of(OVER))
