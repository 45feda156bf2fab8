"""The replay cache of a run, where its writes go astray."""

from __future__ import annotations

import pytest

from resources.optimizations.optimization import Optimizer
from resources.optimizations.stored_replay import StoredReplay
from tests.installation.installation import Installation
from tests.resources.optimizations.small import started


async def test_what_an_unheard_commit_has_kept_is_not_written_again(installation: Installation) -> None:
    run = await started(installation.rest, str(next(iter(Optimizer))))
    heard, unheard = [await StoredReplay.opened(installation.session, run["id"]) for _ in range(2)]
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
    first = await StoredReplay.opened(installation.session, run["id"])
    first.put("odd", answer)
    await first.flush()
    assert (await StoredReplay.opened(installation.session, run["id"])).get("odd") == answer
