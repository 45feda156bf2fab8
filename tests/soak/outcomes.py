"""All of a run that is the same however often its worker was killed, read from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tests.soak.tables import Tables


class RunKind(StrEnum):
    """The two that take a while."""

    OPTIMIZATION = "Optimization"
    EVALUATION = "Evaluation"


OPTIMIZATION = """SELECT state, error, baseline_score, baseline_low, baseline_high, optimized_score, optimized_low,
    optimized_high, best_score, holdout_n, stop_reason, notes, calls, tokens_in, tokens_out, cost_usd,
    result_number IS NULL AS nothing_better FROM optimizations WHERE id = %s"""
TRIALS = """SELECT number, trials, score, size, failed, fidelity, best_score, candidate FROM trials
    WHERE optimization_id = %s ORDER BY number"""
VERSIONS = """SELECT digest, state, definition, parent_number, origin FROM program_versions
    WHERE optimization_id = %s"""
EVALUATION = """SELECT state, error, n, failed, score, score_low, score_high, interval_method FROM evaluations
    WHERE id = %s"""
ROWS = """SELECT example_key, inputs, outputs, error, score, status FROM executions
    WHERE evaluation_id = %s ORDER BY example_key"""
TOLD = """SELECT type, data FROM events WHERE target_id = %s AND type LIKE %s ORDER BY transaction, seq"""
# A run that was given up and retried by hand has ended twice.
LAST = TOLD.replace("transaction, seq", "transaction DESC, seq DESC LIMIT 1")


async def outcome(tables: Tables, kind: RunKind, key: str) -> Mapping[str, Any]:
    """What became of it, by what it is."""
    if kind is RunKind.EVALUATION:
        return {
            "record": await tables.rows(EVALUATION, key),
            "rows": await tables.rows(ROWS, key),
            "end": await tables.rows(LAST, key, "evaluation.run.ended"),
        }
    return {
        "record": await tables.rows(OPTIMIZATION, key),
        "trials": await tables.rows(TRIALS, key),
        "versions": await tables.rows(VERSIONS, key),
        "progress": await tables.rows(TOLD, key, "optimization.run.progress"),
        "end": await tables.rows(LAST, key, "optimization.run.ended"),
    }
