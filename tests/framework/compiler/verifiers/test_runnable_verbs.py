from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.compiler.verifiers.runnable_verbs import runnable_verbs
from framework.declare.actions import Action
from framework.declare.attributes import Attr, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb

MODULE = """
raise RuntimeError("a verb is not loaded to be found")
from elsewhere import borrowed
async def ship(): ...
def pack(): ...
@decorated
def wrapped(): ...
alias = ship
"""


@pytest.fixture
def shipping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with one module of verbs that nobody may load."""
    (tmp_path / "planted_shop").mkdir()
    (tmp_path / "planted_shop" / "__init__.py").touch()
    (tmp_path / "planted_shop" / "ship.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "planted_shop", raising=False)
    return "planted_shop.ship"


def test_a_verb_is_found_without_loading_it(shipping: str) -> None:
    class Order(Resource):
        id: Attr[UUID] = primary_key()
        ship = Action(verb(shipping))
        borrow = Action(verb(f"{shipping}:borrowed"))
        wrap = Action(verb(f"{shipping}:wrapped"))
        also = Action(verb(f"{shipping}:alias"))
        misspelt = Action(verb(f"{shipping}:shipp"))
        pack = Action(verb(f"{shipping}:pack"))
        missing = Action(verb("planted_shop.none"))
        nowhere = Action(verb("nowhere_at_all.none"))

    spec = compile_domain(Domain("shop", [Order], after_migrate=[verb("planted_shop.seed")]))
    assert [str(problem) for problem in runnable_verbs(spec)] == [
        "`Order.misspelt.run`: `planted_shop.ship` has no function `shipp` (did you mean `ship`?)",
        "`Order.pack.run`: `planted_shop.ship:pack` is not `async` (write `async def pack`)",
        "`Order.missing.run`: there is no module `planted_shop.none`",
        "`Order.nowhere.run`: there is no module `nowhere_at_all.none`",
        "`shop.after_migrate`: there is no module `planted_shop.seed`",
    ]
    assert shipping not in sys.modules
