"""Somebody who uses the installation, and tells what a kill explains from what it does not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.installation.answer import Answer
from tests.installation.graphql_client import GraphqlClient
from tests.installation.rest_client import RestClient

# What a server says that is ending, has lost its database, or had an import killed a moment ago: try again.
EXPECTED = frozenset({"database_unavailable", "database_refused", "import_running", "interrupted", "record_locked"})
PAUSE = 0.2


@dataclass(slots=True)
class Caller:
    """Both transports, what was refused by its code, and what nobody should ever be told."""

    rest: RestClient
    graphql: GraphqlClient
    refused: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    asked: int = 0

    async def said(
        self, what: str, asking: Callable[[], Awaitable[Answer]], *, expected: Set[str] = EXPECTED
    ) -> Any | None:
        """The answer; None when there was none, or a refusal, after which it is unknown what was done."""
        self.asked += 1
        try:
            answer = await asking()
        except httpx.TransportError as error:
            self.refused[type(error).__name__] += 1
        except Exception as error:  # noqa: BLE001 - whatever no client could read is told at the end
            self.surprises.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")
        else:
            if not answer.faults:
                return answer.value
            self._note(what, answer, expected)
        await asyncio.sleep(PAUSE)
        return None

    def _note(self, what: str, answer: Answer, expected: Set[str]) -> None:
        for fault in answer.faults:
            self.refused[fault.code] += 1
            if fault.code not in expected:
                self.surprises.append(f"{what}: {fault.code}: {fault.message[:300]}")
