"""Drawing plays: steps one after the other, most of which mean something to the worlds that they are taken in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.secrecy.conditions import ENDS
from tests.secrecy.library import ACTIONS, DERIVED, GIVEN, KINDS, LINKS, RESOURCES, TO_MANY, key
from tests.secrecy.oracle import Move
from tests.secrecy.steps import (
    DOORS,
    HELD_BACK,
    Asked,
    Done,
    Got,
    Happening,
    Heard,
    Listed,
    Listening,
    May,
    Shown,
    Together,
)
from tests.secrecy.worlds import NUMBERS, TEXTS, VALUES, keys, moves, values


@cache
def shown(resource: str, depth: int = 2) -> st.SearchStrategy[Shown]:
    """Some of what a record has."""
    names = ("id", *GIVEN[resource], *DERIVED[resource])
    some = st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True).map(tuple)
    links = st.lists(st.sampled_from([*LINKS[resource]]), max_size=2 if depth else 0, unique=True)
    if not depth:
        return st.builds(Shown, some)

    def at(chosen: list[str]) -> st.SearchStrategy[tuple[tuple[str, Shown], ...]]:
        return st.tuples(*(st.tuples(st.just(link), shown(LINKS[resource][link], depth - 1)) for link in chosen))

    return st.builds(Shown, some, links.flatmap(at))


@cache
def wanted_keys(resource: str) -> st.SearchStrategy[UUID]:
    """Of records that may be there, and of those made here; beyond the most there are, of what is aimed at."""
    return st.integers(1, 14).map(lambda number: key("made", number - 12) if number > 11 else key(resource, number))


@cache
def filters(resource: str, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on values, on what is at the end of a link, and on some of those that belong to a record."""
    names = [name for name in (*GIVEN[resource], *DERIVED[resource]) if name in KINDS]
    plain = st.sampled_from(names).flatmap(_compared)
    held = st.tuples(st.sampled_from(["eq", "ne", "lt", "ge"]), NUMBERS).map(lambda pair: {HELD_BACK: dict([pair])})
    if not depth:
        return st.one_of(plain, held)
    links = st.sampled_from([*LINKS[resource]]).flatmap(lambda link: _at(resource, link, depth))
    return st.one_of(plain, held, links, links, st.builds(lambda inner: {"not": inner}, st.one_of(plain, held)))


def _compared(name: str) -> st.SearchStrategy[dict[str, Any]]:
    kind = KINDS[name]
    absent = st.booleans().map(lambda value: {name: {"is_null": value}})
    if kind is bool:
        return st.booleans().map(lambda value: {name: {"eq": value}})
    operand = NUMBERS if kind is int else st.one_of(TEXTS, VALUES["person"], TEXTS)
    compared = st.tuples(st.sampled_from(["eq", "ne", "lt", "ge"]), operand)
    among = st.lists(operand, max_size=2).map(lambda found: {name: {"in": found}})
    return st.one_of(compared.map(lambda pair: {name: {pair[0]: pair[1]}}), among, absent)


def _at(resource: str, link: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    inner = filters(LINKS[resource][link], depth - 1)
    if link not in TO_MANY:
        return inner.map(lambda found: {link: found})
    quantifier = st.sampled_from(["some", "some", "none", "every"])
    return st.tuples(quantifier, inner).map(lambda pair: {link: {pair[0]: pair[1]}})


@cache
def sorts(resource: str) -> st.SearchStrategy[tuple[str, ...]]:
    """An order by values of the record, or of one that it belongs to."""
    own = [name for name in (*GIVEN[resource], *DERIVED[resource]) if KINDS.get(name) is not bool]
    ends = [(link, end) for link, end in LINKS[resource].items() if link not in TO_MANY]
    ways = [f"{link}.{name}" for link, end in ends for name in GIVEN[end] if KINDS.get(name) is not bool]
    some = st.one_of(st.sampled_from([*own, *ways]), st.just(HELD_BACK))
    names = st.tuples(st.sampled_from(["", "-"]), some).map("".join)
    return st.lists(names, max_size=2, unique_by=lambda name: name.lstrip("-")).map(tuple)


@cache
def given(resource: str, action: str) -> st.SearchStrategy[dict[str, Any]]:
    """What a call gives; at times something that is wrong."""
    wrong: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
        [{}, {}, {}, {}, {}, {"colour": "red"}, {GIVEN[resource][0]: 7}]
    )
    links = {
        name: st.none() | wanted_keys("Paper") if name == "origin_id" else wanted_keys(ENDS[name[:-3]])
        for name in GIVEN[resource]
        if name[-3:] == "_id"
    }
    if action == "retitle":
        return st.tuples(st.fixed_dictionaries({"title": TEXTS}), wrong).map(_together)
    if action == "make":
        whole = st.tuples(values(resource), st.fixed_dictionaries(links), wrong)
        return whole.map(_together)
    if action == "edit":
        some = st.fixed_dictionaries({}, optional={n: links.get(n, VALUES.get(n, TEXTS)) for n in GIVEN[resource]})
        return st.tuples(some, wrong).map(_together)
    return st.just({})


def _together(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


@st.composite
def listed(draw: st.DrawFn, resource: str) -> Listed:
    """A list of records."""
    action = draw(st.sampled_from([name for name in ACTIONS[resource] if name in ("browse", "shelf")]))
    return Listed(
        resource,
        action,
        draw(shown(resource)),
        draw(st.one_of(st.just({}), filters(resource), filters(resource))),
        draw(sorts(resource)),
        draw(st.none() | st.integers(1, 3)),
        draw(st.booleans()),
        draw(st.sampled_from([None, "exact", "estimated"])),
    )


@st.composite
def done(draw: st.DrawFn, resource: str) -> Done:
    """A call of an action."""
    action = draw(st.sampled_from([name for name in ACTIONS[resource] if name not in ("browse", "shelf")]))
    of = None if action == "make" else draw(wanted_keys(resource))
    known = draw(st.sampled_from([None, None, None, "fresh", "stale"])) if action in ("edit", "drop") else None
    return Done(resource, action, of, draw(given(resource, action)), draw(shown(resource, 1)), known)


@st.composite
def together(draw: st.DrawFn, resource: str) -> Together:
    """Some calls of one action."""
    first = draw(done(resource))
    calls = [first]
    for _ in range(draw(st.integers(1, 2))):
        of = None if first.key is None else draw(wanted_keys(resource))
        calls.append(replace(first, key=of, given=draw(given(resource, first.action))))
    return Together(resource, first.action, tuple(replace(call, known=None) for call in calls))


@st.composite
def may(draw: st.DrawFn, resource: str) -> May:
    """Whether one may do something."""
    action = draw(st.sampled_from([name for name in ACTIONS[resource] if name not in ("browse", "shelf")]))
    of = None if action == "make" else draw(wanted_keys(resource))
    return May(resource, action, of, draw(given(resource, action)))


RESOURCE = st.sampled_from([*RESOURCES, "Paper", "Paper"])
DOOR = st.sampled_from(DOORS)
READING = st.one_of(
    RESOURCE.flatmap(listed),
    RESOURCE.flatmap(listed),
    RESOURCE.flatmap(lambda name: st.builds(Got, st.just(name), wanted_keys(name), shown(name), st.booleans())),
)
DOING = st.one_of(RESOURCE.flatmap(done), RESOURCE.flatmap(done), RESOURCE.flatmap(together), RESOURCE.flatmap(may))


@st.composite
def happenings(draw: st.DrawFn, heard: Sequence[str]) -> Happening:
    """A change by somebody else: of anything, of what is aimed at, or of a value that is held back, to two others."""
    move = draw(moves())
    if draw(st.booleans()):
        resource = draw(st.sampled_from(heard))
        return Happening(Move("edit", resource, draw(keys(resource)), {}), None, {HELD_BACK: None})
    if move.kind != "make" and draw(st.booleans()):
        move = replace(move, key=draw(wanted_keys(move.resource)))
    return Happening(move, draw(st.sampled_from([None, None, "left", "right", "right"])))


LISTENING = RESOURCE.flatmap(lambda name: st.builds(Listening, st.just(name), st.one_of(st.just({}), filters(name))))
PLAIN = st.builds(Asked, DOOR, st.one_of(READING, READING, DOING, DOING))


@cache
def lively(heard: tuple[str, ...]) -> st.SearchStrategy[Asked]:
    """A step in a play about what is heard of the changes of these resources."""
    kinds = {"reading": READING, "doing": DOING, "happening": happenings(heard), "heard": st.just(Heard())}
    weighed = ["reading", "doing", "happening", "happening", "happening", "heard"]
    return st.builds(Asked, DOOR, st.sampled_from(weighed).flatmap(kinds.__getitem__))


@st.composite
def plays(draw: st.DrawFn, most: int) -> tuple[Asked, ...]:
    """Steps; some plays are about what is heard of changes."""
    if draw(st.integers(0, 2)):
        return tuple(draw(st.lists(PLAIN, min_size=most // 2, max_size=most)))
    streams = draw(st.lists(st.tuples(DOOR, LISTENING), min_size=1, max_size=2))
    heard = tuple(step.resource for _, step in streams)
    steps = draw(st.lists(lively(heard), min_size=most // 2, max_size=most))
    return (*(Asked(*each) for each in streams), *steps, Asked("session", Heard()))
