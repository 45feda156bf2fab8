"""Domains by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from framework.compiler.loading import load_domains
from framework.errors import DeclarationError, Invalid


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that declares two domains."""
    lines = [
        "from framework.compiler.domain import Domain",
        "SHOP = Domain('shop')",
        "STOCK = Domain('stock')",
        "X = 1",
    ]
    (tmp_path / "shop_of_a_test.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_of_a_test", raising=False)
    return "shop_of_a_test"


def test_domains_come_in_the_order_named_and_once(shop: str) -> None:
    found = load_domains(f"{shop}:STOCK, {shop}:SHOP,{shop}:STOCK,")
    assert [domain.name for domain in found] == ["stock", "shop"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "DSPEX_DOMAINS: no domain is named"),
        ("shop_of_a_test", "DSPEX_DOMAINS `shop_of_a_test`: is not written as `module:NAME`"),
        ("shop_of_a_test:SHO", "DSPEX_DOMAINS `shop_of_a_test:SHO`: `shop_of_a_test` has no `SHO`"),
        ("shop_of_a_test:X", "DSPEX_DOMAINS `shop_of_a_test:X`: `X` is of the class int, not a Domain"),
        ("nowhere_at_all:X", "DSPEX_DOMAINS `nowhere_at_all:X`: there is no module `nowhere_at_all`"),
    ],
)
def test_a_name_that_leads_nowhere(shop: str, text: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_domains(text)
    assert (str(caught.value), caught.value.issues[0].code) == (says, "bad_domain")


def test_a_typo_is_met_with_what_was_meant(shop: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_domains(f"{shop}:SHO")
    assert caught.value.issues[0].hint == "did you mean `SHOP`?"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("x = 1\nimport nowhere_at_all", "line 2: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def own() -> None: ...\nown(word=1)\n", "line 2: TypeError: own() got an unexpected keyword argument 'word'"),
        ("x = 1\ny = (", "line 2: SyntaxError: '(' was never closed"),
        # Where it was raised within a library, the line is the one that led there.
        ("import json\n\njson.loads('{')", "line 3: JSONDecodeError: Expecting property name"),
    ],
)
def test_a_mistake_inside_the_module_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, says: str
) -> None:
    module = f"broken_in_a_test_{abs(hash(lines))}"
    (tmp_path / f"{module}.py").write_text(lines)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Invalid) as caught:
        load_domains(f"{module}:X")
    assert str(caught.value).startswith(f"DSPEX_DOMAINS `{module}:X` cannot be loaded: {tmp_path / module}.py, {says}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("attribute(maxlength=3)", "`attribute`: takes no `maxlength` (did you mean `max_length`?)"),
        ("has_many(through=3)", "`has_many`: takes no `through` (it takes via, doc, private)"),
        ("Create(acept=[])", "`Create`: takes no `acept` (did you mean `accept`?)"),
    ],
)
def test_an_unknown_word_is_a_mistake_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str
) -> None:
    word = line.partition("(")[0]
    module = f"unknown_word_{word.lower()}"
    (tmp_path / f"{module}.py").write_text(f"from framework import {word}\n\n\nclass Note:\n    title = {line}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DeclarationError) as caught:
        load_domains(f"{module}:X")
    (problem,) = caught.value.problems
    assert str(problem) == says
    assert (Path(problem.at.file).name, problem.at.line) == (f"{module}.py", 5)
