"""The replay cache of a run, where its writes go astray."""

from __future__ import annotations

from typing import Any

import pytest

from framework.jobs.job_run import JobRun, job_run
from framework.jobs.lease import claim
from framework.jobs.starter import with_todays_rights
from resources.optimizations.optimization import Optimizer
from resources.optimizations.stored_replay import StoredReplay
from tests.installation.installation import Installation
from tests.resources.optimizations.small import started


async def begun_run(installation: Installation, run: Any) -> JobRun:
    """The run as its verb sees it."""
    engine = installation.runtime.engine
    lease = await claim(engine, (await installation.job_of("Optimization", run["id"]))["id"], "me", 60.0)
    assert lease is not None
    return await with_todays_rights(job_run(engine, lease))


async def test_what_an_unheard_commit_has_kept_is_not_written_again(installation: Installation) -> None:
    run = await started(installation.rest, str(next(iter(Optimizer))))
    begun = await begun_run(installation, run)
    heard, unheard = [await StoredReplay.opened(begun, run["id"]) for _ in range(2)]
    unheard.put("first", {"text": "yes"})
    await unheard.flush()
    heard.put("first", {"text": "yes"})
    heard.put("second", {"text": "no"})
    await heard.flush()
    rows = await installation.rows("RecordedCall", optimization_id=run["id"])
    assert sorted(row["key"] for row in rows) == ["first", "second"]


@pytest.mark.parametrize("sign", ["\x00", "\ud800", "é"])
async def test_an_answer_is_given_back_as_it_was_whatever_it_holds(sign: str, installation: Installation) -> None:
    """One answer that JSONB refuses must not end a run: all that was paid for would be lost."""
    run = await started(installation.rest, str(next(iter(Optimizer))))
    answer = {"text": f"x{sign}", "usage": {"tokens": 3}}
    begun = await begun_run(installation, run)
    first = await StoredReplay.opened(begun, run["id"])
    first.put("odd", answer)
    await first.flush()
    assert (await StoredReplay.opened(begun, run["id"])).get("odd") == answer


async def test_an_attempt_that_kept_an_answer_was_not_in_vain(installation: Installation) -> None:
    run = await started(installation.rest, str(next(iter(Optimizer))))
    replay = await StoredReplay.opened(await begun_run(installation, run), run["id"])
    await replay.flush()
    assert (await installation.job_of("Optimization", run["id"]))["attempts_without_progress"] == 1
    replay.put("first", {"text": "yes"})
    await replay.flush()
    assert (await installation.job_of("Optimization", run["id"]))["attempts_without_progress"] == 0
