"""The verb of the papers domain: the plan of a paper says how its making goes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

from pydantic import BaseModel

from framework.actions.request import Request
from framework.errors import Invalid, Unavailable
from framework.jobs.job_run import JobRun
from framework.testing.until import PATIENCE

PROGRESS: dict[str, threading.Event] = {}
OPEN: set[str] = set()
THAW: dict[str, threading.Event] = {}


class Steps(BaseModel):
    """How far it has come."""

    step: int


async def make(run: JobRun) -> None:  # noqa: C901, PLR0912 - one case for each plan
    """`pages`: three reports; `wait`: until told to stop; `deaf`: for ever; `weather`: unavailable once;
    `stumble`: fails once it is told to stop; `freeze`: blocks the loop, the first time;
    `bookmark`: one report, then until told to stop, the first time; it goes on behind that report;
    `gate`: waits until it is open; `linger`: does not return when all is done;
    `stubborn`: goes on however often it is called off; `clumsy`: fails when it is called off."""
    resources = run.session.domain.resources
    reader = resources["ReportPaper"].actions["browse"]
    (paper,) = await run.session.find(reader, [run.target_id])
    PROGRESS.setdefault(run.target_id, threading.Event()).set()
    if str(paper["state"]) == "done":
        return  # An earlier attempt came to the end, and died before it could say so.
    match paper["plan"]:
        case "pages":
            begun = int((run.checkpoint or {}).get("step", 0))
            for step in range(begun + 1, 4):
                await run.report(Steps(step=step), checkpoint={"step": step})
        case "bookmark":
            begun = int((run.checkpoint or {}).get("step", 0))
            for step in range(begun + 1, 4):
                await run.report(Steps(step=step), checkpoint={"step": step})
                if step == 1:
                    await run.stop.wait()
                run.stop.heed()
        case "gate":
            while run.target_id not in OPEN:
                run.stop.heed()
                await asyncio.sleep(0.005)
        case "wait":
            while True:
                run.stop.heed()
                await asyncio.sleep(0.01)
        case "stumble":
            await run.stop.wait()
            raise Invalid("it is too late", code="too_late")
        case "freeze":
            await _freeze(run, paper["id"])
        case "linger":
            await _finish(run, paper["id"])
            await asyncio.sleep(3600)
        case "stubborn":
            await _go_on(THAW[run.target_id])
            return
        case "clumsy":
            await _clumsy()
        case "deaf":
            await asyncio.sleep(3600)
        case "weather" if run.job["attempt"] == 1:
            raise Unavailable("it rains", code="rain")
        case "storm":
            raise Unavailable("it storms", code="storm")
        case "mistake":
            raise Invalid("the plan is wrong", code="bad_plan")
        case "crash":
            raise RuntimeError("a secret detail")
    await _finish(run, paper["id"])


async def _clumsy() -> None:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        raise Invalid("it was in the midst of something", code="in_the_midst") from None


async def _freeze(run: JobRun, key: Any) -> None:
    if run.job["attempt"] == 1:
        THAW[run.target_id].wait(PATIENCE)
    write = run.session.domain.action("ReportPaper", "write_page")
    await run.session.perform(write, [Request({"pages": run.job["attempt"]}, key)])


async def _go_on(thawed: threading.Event) -> None:
    while not thawed.is_set():
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)


async def _finish(run: JobRun, key: Any) -> None:
    from_action = run.session.domain.action("ReportPaper", "finish")
    await run.session.perform(from_action, [Request(id=key)])


async def tidy(run: JobRun) -> None:
    """Nothing to tidy."""
