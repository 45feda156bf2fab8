"""All jobs there were, and what is left of everything: each has ended once, and nothing goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from framework.testing.until import until
from tests.soak.caller import Caller
from tests.soak.part import Verdict
from tests.soak.tables import Tables

# An execution is given up once its process was silent for a minute, by a job that runs every minute.
PATIENCE = 420.0
LIVE = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') AND target_type <> target_id"
RUNNING = "SELECT count(*) FROM executions WHERE status = 'running'"
# A type of events begins with the resource's name in snake case.
ENDS = r"""SELECT j.target_id, j.target_type, j.action, count(*) AS jobs, (SELECT count(*) FROM events e
    WHERE e.target_id = j.target_id AND e.type = lower(regexp_replace(j.target_type, '([a-z])([A-Z])', '\1_\2', 'g'))
    || '.' || j.action || '.ended') AS ends
    FROM jobs j WHERE j.state NOT IN ('queued', 'running') GROUP BY 1, 2, 3"""
LOST = " UNION ALL ".join(
    f"""SELECT '{table}' AS what, id, state FROM {table} r WHERE state NOT IN ('succeeded', 'failed', 'cancelled')
    OR NOT EXISTS (SELECT FROM jobs WHERE target_id = r.id::text)"""
    for table in ("optimizations", "evaluations")
)
GIVEN_UP = """SELECT id, target_id FROM jobs WHERE state = 'failed' AND error ->> 'code' = 'worker_lost'
    AND attempts_without_progress >= max_attempts"""
FAILED = "SELECT target_type, target_id, action, attempt, error FROM jobs WHERE state = 'failed'"
DOUBLE = """SELECT 'trial' AS what, optimization_id AS of, number::text AS which FROM trials
    GROUP BY 2, 3 HAVING count(*) > 1 UNION ALL
    SELECT 'version', program_id, number::text FROM program_versions GROUP BY 2, 3 HAVING count(*) > 1 UNION ALL
    SELECT 'row', evaluation_id, example_key FROM executions WHERE evaluation_id IS NOT NULL
    GROUP BY 2, 3 HAVING count(*) > 1 UNION ALL
    SELECT 'version is missing', program_id, max(number)::text FROM program_versions
    GROUP BY 2 HAVING count(*) <> max(number)"""


class Jobs:
    """What the tables say in the end, whoever asked for it."""

    def __init__(self, caller: Caller, tables: Tables) -> None:
        self._caller, self._tables = caller, tables
        self._retried: Counter[str] = Counter()

    async def prepare(self) -> None:
        """Nothing has to be there."""

    async def work(self, over: asyncio.Event) -> None:
        """The others do."""

    async def settle(self) -> None:
        """Waits until nothing is under way any more; what five kills in a row have given up is retried by hand."""
        await until(self._settled, seconds=PATIENCE)
        while given_up := await self._tables.rows(GIVEN_UP):
            for row in given_up:
                (await self._caller.rest.act("Job.retry", row["id"])).made  # noqa: B018
                self._retried[row["target_id"]] += 1
            await until(self._settled, seconds=PATIENCE)

    async def verdicts(self, tables: Tables) -> Sequence[Verdict]:
        """Nothing lost, nothing twice, nothing failed."""
        ends = await tables.rows(ENDS)
        all_of = await tables.one("SELECT count(*) FROM jobs")
        told = [
            f"{row['target_type']} {row['target_id']}: {row}"
            for row in ends
            if row["jobs"] + self._retried[row["target_id"]] != row["ends"]
        ]
        lost = [str(row) for row in await tables.rows(LOST)]
        failed = [str(row) for row in await tables.rows(FAILED)]
        double = [str(row) for row in await tables.rows(DOUBLE)]
        counted = await tables.one("SELECT (SELECT count(*) FROM trials) + (SELECT count(*) FROM program_versions)")
        return (
            Verdict("no job is lost, and every run comes to an end", all_of, lost),
            Verdict("every job has one end", len(ends), told),
            Verdict("no job fails", all_of, failed),
            Verdict(
                "jobs that five attempts in vain have given up, and a retry by hand has finished", self._retried.total()
            ),
            Verdict("no trial, version or row is double or missing", counted, double),
        )

    async def _settled(self) -> bool:
        return not (await self._tables.one(LIVE) or await self._tables.one(RUNNING))
