"""What is told of jobs: whose workers are gone, and how many bells wait."""

from __future__ import annotations

from framework.actions.engine import Engine
from framework.jobs.figures import bell_figures, job_figures
from framework.jobs.lease import claim_next
from tests.framework.jobs.conftest import Bells, ReportPaper


async def test_jobs_whose_workers_are_gone_and_bells_that_nobody_heard_are_told(engine: Engine, bells: Bells) -> None:
    for seconds in (-1.0, 3600.0):
        await engine.session().create(ReportPaper.order, {"plan": "a"})
        assert await claim_next(engine, "papers", "gone", seconds=seconds) is not None
    told = {figure.name: figure.value for figure in await job_figures(engine)}
    assert told["dspex_jobs_lost"] == 1
    assert told["dspex_lease_age_seconds"] > 0
    bells.waiting = {"papers": 3}
    (waiting,) = await bell_figures(engine, bells)
    assert (waiting.name, waiting.labels, waiting.value) == ("dspex_queue_messages", {"queue": "papers"}, 3)
