"""A verb in a process of its own: what is handed over, and what comes back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from framework.context import Actor, Context
from framework.declare.verbs import verb
from framework.errors import Conflict, Failure, Invalid, Issue, Unavailable
from framework.processes.verb_process import Order, VerbProcesses, given, told
from framework.settings import load_settings

REQUEST = UUID(int=7)


class Taken(Conflict):
    """Somebody has it."""

    code = "taken"


@pytest.mark.parametrize("context", [Context(None, REQUEST), Context(Actor("user", "ann", {"team": "sales"}), REQUEST)])
def test_an_order_is_read_as_it_was_given(context: Context) -> None:
    order = Order(verb("shop.orders:ship"), {"order": "a"}, context)
    assert Order.of(orjson.loads(order.to_json(load_settings()))) == order


@pytest.mark.parametrize("result", [None, 3, {"lines": 2}, ["a"]])
def test_what_a_verb_gives_is_handed_back(result: Any) -> None:
    assert given(told(result)) == result


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Invalid.of([Issue("a", "one", ("content", 3), {"split": "test"}, "do this"), Issue("b", "two")]), Invalid),
        (Taken("it is taken", path=("id",)), Conflict),
        (Unavailable("not now", params={"retry_after": 5}), Unavailable),
    ],
)
def test_a_failure_is_raised_where_it_is_waited_for(failure: Failure, kind: type[Failure]) -> None:
    with pytest.raises(kind) as caught:
        given(told(failure))
    assert type(caught.value) is kind
    assert caught.value.issues == failure.issues


async def test_a_process_that_dies_is_a_failure() -> None:
    processes = VerbProcesses(load_settings(), module="no.such.module")
    with pytest.raises(Unavailable) as caught:
        await processes.carry_out(Order(verb("shop.orders:ship"), {}, Context()))
    assert caught.value.issues[0].code == "process_died"
