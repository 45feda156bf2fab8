"""Evaluating and optimizing from the command line."""

from __future__ import annotations

import json
from functools import partial

import pytest

from framework.errors import Failure, Invalid
from resources.cli.evaluate import evaluate
from resources.cli.optimize import optimize
from resources.cli.support_triage import METRIC
from resources.datasets.example import Split
from resources.optimizations.optimization import Optimizer

TEAM = str(METRIC["name"])
FEW_SHOT = Optimizer.LABELED_FEW_SHOT


async def test_a_program_is_scored_on_a_split(url: str, tickets: str, capsys: pytest.CaptureFixture[str]) -> None:
    await evaluate("triage-ticket", dataset=tickets, metric=TEAM, split=Split.VALIDATION, url=url, json=True)
    said = capsys.readouterr()
    ended = json.loads(said.out)
    assert (ended["state"], ended["n"], ended["failed"]) == ("SUCCEEDED", 44, 0)
    assert ended["scoreLow"] < ended["score"] < ended["scoreHigh"]
    assert "44/44" in said.err

    await evaluate("triage-ticket", dataset=tickets, metric=TEAM, split=Split.VALIDATION, url=url)
    assert f"{ended['score']:.1%} on 44 examples" in capsys.readouterr().out


async def test_a_search_is_watched_to_its_end(url: str, tickets: str, capsys: pytest.CaptureFixture[str]) -> None:
    search = partial(optimize, "triage-ticket", dataset=tickets, metric=TEAM, url=url, optimizer=FEW_SHOT)
    await search(param=["k=32"], budget=["calls=5000"], json=True)
    said = capsys.readouterr()
    ended = json.loads(said.out)
    assert (ended["state"], ended["trialCount"], ended["holdoutN"]) == ("SUCCEEDED", 1, 78)
    assert ended["optimizedScore"] > ended["baselineScore"]
    assert ended["progressEvents"] > 3
    assert "1/1" in said.err

    await search(param=["k=32"], budget=["calls=5000"])
    out = capsys.readouterr().out
    assert f"{ended['optimizedScore']:.1%}" in out
    assert "is the better one" in out


async def test_a_search_that_fails_says_why(url: str, tickets: str) -> None:
    with pytest.raises(Failure, match="64 or less"):
        await optimize("triage-ticket", dataset=tickets, metric=TEAM, url=url, optimizer=FEW_SHOT, param=["k=65"])


async def test_a_setting_is_a_pair(url: str, tickets: str) -> None:
    with pytest.raises(Invalid, match="`k` is not written as NAME=VALUE"):
        await optimize("triage-ticket", dataset=tickets, metric=TEAM, url=url, param=["k"])
