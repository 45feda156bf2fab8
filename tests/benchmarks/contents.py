"""What the database holds while lists are measured: twelve programs of two signatures, a thousand executions."""

from __future__ import annotations

from typing import Any

from framework.actions.session import Session
from resources.executions.execution import Execution
from resources.programs.program import Program
from resources.programs.signature import Signature
from resources.programs.version import ProgramVersion

PROGRAMS = 12
EXECUTIONS = 1_000
TEAMS = ("billing", "technical", "account", "sales")
TEXT = "ticket: str -> team: Literal['billing', 'technical', 'account', 'sales'], confidence: Probability"
TICKET = "I was charged twice for the same month and nobody answers my letters, order {}"


async def fill(session: Session) -> list[Any]:
    """Makes them; gives the programs."""
    signature = await session.create(Signature.create, {"name": "bench", "text": TEXT, "instructions": "Route it."})
    programs = await session.create_all(
        Program.create,
        [{"slug": f"bench-{n}", "name": f"Bench {n}", "signature_id": signature["id"]} for n in range(PROGRAMS)],
    )
    versions = {version["program_id"]: version["id"] for version in await session.read(ProgramVersion.browse)}
    rows = [_execution(programs[n % PROGRAMS], versions, n) for n in range(EXECUTIONS)]
    await session.create_all(Execution.record, rows)
    return programs


def _execution(program: Any, versions: dict[Any, Any], number: int) -> dict[str, Any]:
    return {
        "program_id": program["id"],
        "version_id": versions[program["id"]],
        "model_id": program["model_id"],
        "inputs": {"ticket": TICKET.format(number)},
        "outputs": {"team": TEAMS[number % len(TEAMS)], "confidence": 0.25 + number % 3 / 4},
        "latency_ms": 1.5 + number % 100,
        "tokens_in": 180 + number % 40,
        "tokens_out": 20,
        "cost_usd": 0.000125,
    }
