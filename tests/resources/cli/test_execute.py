"""Asking a program from the command line."""

from __future__ import annotations

import json

import pytest

from framework.errors import Failure, Invalid, NotFound, Unavailable
from resources.cli.execute import execute


async def test_it_answers(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    await execute("triage-ticket", ["ticket=I want my money back"], url=url, json=True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["outputs"]["team"] in {"billing", "technical", "account", "sales"}
    assert (answer["version"], answer["model"]) == (1, "offline/in-context")

    await execute("triage-ticket", inputs='{"ticket": "I want my money back"}', version=1, url=url)
    assert answer["outputs"]["team"] in capsys.readouterr().out


async def test_text_that_looks_like_a_number_stays_text(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    await execute("triage-ticket", ["ticket=42"], url=url, json=True)
    assert "outputs" in json.loads(capsys.readouterr().out)


async def test_what_the_signature_refuses_is_told_with_the_way_out(url: str) -> None:
    with pytest.raises(Failure) as refused:
        await execute("triage-ticket", ["tikcet=x"], url=url)
    assert [(issue.code, issue.hint) for issue in refused.value.issues] == [
        ("missing", None),
        ("unknown_input", "did you mean `ticket`?"),
    ]


async def test_a_program_that_is_not_there(url: str) -> None:
    with pytest.raises(NotFound, match="there is nothing among the programs with slug `nope`"):
        await execute("nope", [], url=url)


@pytest.mark.parametrize(
    ("values", "inputs", "says"),
    [
        (["ticket"], None, "`ticket` is not written as NAME=VALUE"),
        ([], "{", "--inputs is no JSON"),
        ([], "[]", "--inputs is no JSON object"),
    ],
)
async def test_words_that_are_no_inputs(url: str, values: list[str], inputs: str | None, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        await execute("triage-ticket", values, inputs=inputs, url=url)


async def test_without_a_server_it_says_how_to_start_one() -> None:
    with pytest.raises(Unavailable) as refused:
        await execute("triage-ticket", [], url="http://127.0.0.1:9")
    (issue,) = refused.value.issues
    assert (issue.message, issue.hint) == ("no server at http://127.0.0.1:9", "run `dspex up`")
