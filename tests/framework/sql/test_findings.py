"""What is found in a PostgreSQL that something was left in."""

from __future__ import annotations

import psycopg
import pytest

from framework.findings import Verdict
from framework.sql import findings
from framework.sql.connections import dispose
from framework.sql.engine import open_engine
from framework.sql.findings import Look, clocks, found_by


async def found(url: str, look: Look) -> tuple[Verdict, str]:
    engine = open_engine(url, connections=1)
    try:
        finding = await found_by(look, engine)
    finally:
        await dispose(engine)
    return finding.verdict, finding.says


async def test_what_a_halted_step_left_is_told(fresh_database_url: str) -> None:
    assert (await found(fresh_database_url, findings.left_by_steps))[0] is Verdict.OK
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE items AS SELECT 1 AS n FROM generate_series(1, 2)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY by_n ON items (n)")
        connection.execute("ALTER TABLE items ADD CONSTRAINT small CHECK (n < 0) NOT VALID")
    says = "the index by_n is invalid; the rule items.small is not validated"
    assert await found(fresh_database_url, findings.left_by_steps) == (Verdict.WARN, says)


async def test_a_transaction_that_has_held_others_up_for_long_is_told_with_its_process(
    fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "LONG_SECONDS", 0.0)
    with psycopg.connect(fresh_database_url) as reader, psycopg.connect(fresh_database_url) as writer:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM pg_class")
        writer.execute("CREATE TABLE held (n int)")
        verdict, says = await found(fresh_database_url, findings.transactions)
    assert verdict is Verdict.WARN
    # The reader is older, but holds up less. Others on this server may write too.
    assert "has held events and dead rows for" in says
    assert "the transaction of process " in says


async def test_a_server_that_may_lose_what_was_committed_is_told(fresh_database_url: str) -> None:
    """The tests' own is one, for speed."""
    verdict, says = await found(fresh_database_url, findings.server)
    assert verdict is Verdict.WARN
    assert "fsync is off" in says


@pytest.mark.parametrize(
    ("theirs", "verdict"), [(10.5, Verdict.OK), (9.5, Verdict.OK), (12.5, Verdict.WARN), (3.0, Verdict.BAD)]
)
def test_clocks_are_compared_within_what_the_answer_took(theirs: float, verdict: Verdict) -> None:
    assert clocks("Redis", theirs, 10.0, 11.0).verdict is verdict
