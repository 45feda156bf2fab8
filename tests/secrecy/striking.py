"""Attacks one after the other, from a seed on, until so many steps are taken."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from framework.errors import DeclarationError
from framework.spec.domain import DomainSpec
from tests.secrecy.asking import plays
from tests.secrecy.attack import Attack, Play
from tests.secrecy.conftest import Theatre
from tests.secrecy.library import RESOURCES, library
from tests.secrecy.rules import DomainRules
from tests.secrecy.stage import staged
from tests.secrecy.worlds import domain_rules, pairs

STEPS = 24
PLAYS = 12
DOMAINS = 2
# Whose records belong to houses: nobody's, everybody's, and those of some, with links both ways.
TENANCIES = [frozenset[str](), frozenset(RESOURCES), frozenset({"Paper", "Note"}), frozenset({"Room", "Member"})]
SETTINGS = settings(phases=[Phase.generate], database=None, deadline=None, suppress_health_check=[*HealthCheck])


def strike(theatre: Theatre, first: int, steps: int) -> int:
    """How many steps were taken, none of which told anything; raises AssertionError for the first that did."""
    taken = 0
    for number in count(1000 * first):
        if taken >= steps:
            return taken
        rules, domain = _drawn(number)
        if domain is not None:
            taken += _attack(theatre, rules, domain, number)
    raise AssertionError("numbers do not end")


def _drawn(number: int) -> tuple[DomainRules, DomainSpec | None]:
    """Rules, and a domain under them if they are no mistake."""
    kept: list[DomainRules] = []

    # Attacks begin at thousands, and most are over after a domain or two: each begins with another choice.
    belong = TENANCIES[(number // 1000 + number) % len(TENANCIES)]

    @seed(number)
    @settings(SETTINGS, max_examples=DOMAINS)
    @given(rules=domain_rules())
    def draw(rules: DomainRules) -> None:
        kept.append({name: replace(said, tenanted=name in belong) for name, said in rules.items()})

    draw()
    try:
        return kept[-1], library(kept[-1])
    except DeclarationError:
        return kept[-1], None


def _attack(theatre: Theatre, rules: DomainRules, domain: DomainSpec, number: int) -> int:
    stack = AsyncExitStack()
    stage = theatre.run(stack.enter_async_context(staged(domain)))
    layer = theatre.run(theatre.layer(domain))
    attack = Attack(stage, theatre.run(stack.enter_async_context(layer)))

    @seed(number)
    @settings(SETTINGS, max_examples=PLAYS)
    @given(play=st.tuples(pairs(rules), plays(STEPS)))
    def perform(play: Play) -> None:
        if play[0].differs:
            theatre.run(attack.play(play))

    try:
        perform()
    finally:
        theatre.run(stack.aclose())
    return attack.taken
