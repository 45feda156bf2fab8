"""Drawing rules and worlds: a second one is the first one changed, as long as nobody who asks could tell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.secrecy.conditions import (
    HERE,
    ME,
    THERE,
    Any_,
    At,
    Both,
    Changes,
    Condition,
    Either,
    Fact,
    Gives,
    Is,
    Mine,
    Not,
    Row,
    Rows,
)
from tests.secrecy.library import ACTIONS, GIVEN, RESOURCES, key
from tests.secrecy.oracle import Move, Oracle, Pair, links
from tests.secrecy.rules import DomainRules, FieldRule, Rule, Rules

TEXTS, NUMBERS, PEOPLE = st.sampled_from(["a", "b", "c"]), st.integers(0, 3), st.sampled_from([ME, "you"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "name": TEXTS,
    "open": st.booleans(),
    "size": NUMBERS,
    "person": PEOPLE,
    "role": TEXTS,
    "title": TEXTS,
    "owner": PEOPLE,
    "cost": st.none() | NUMBERS,
    "live": st.booleans(),
    "text": TEXTS,
    "stars": NUMBERS,
}
HOUSES = st.sampled_from([HERE, HERE, THERE])
MOST = {"Room": 3, "Member": 4, "Paper": 5, "Note": 5}
# One record of each is shown to everybody, and changed to learn that a stream has told everything before.
THE_END = "the end"
NAMED = {"Room": "name", "Member": "role", "Paper": "title", "Note": "text"}
END = {resource: key(resource, 0) for resource in RESOURCES}
END_ROWS: Rows = {
    "Room": {END["Room"]: {"id": END["Room"], "name": THE_END, "open": False, "size": 9}},
    "Member": {END["Member"]: {"id": END["Member"], "person": "nobody", "role": THE_END, "room_id": END["Room"]}},
    "Paper": {
        END["Paper"]: {
            "id": END["Paper"],
            "title": THE_END,
            "owner": "nobody",
            "cost": None,
            "live": True,
            "room_id": END["Room"],
            "origin_id": None,
        }
    },
    "Note": {END["Note"]: {"id": END["Note"], "text": THE_END, "stars": 9, "paper_id": END["Paper"]}},
}


def is_the_end(resource: str) -> Condition:
    """That the record is the one shown to everybody."""
    return Is(NAMED[resource], THE_END)


@cache
def keys(resource: str) -> st.SearchStrategy[UUID]:
    """Those that its records may have."""
    return st.integers(1, MOST[resource]).map(lambda number: key(resource, number))


@cache
def values(resource: str) -> st.SearchStrategy[dict[str, Any]]:
    """Whatever may be given for a record."""
    links = {"room_id": keys("Room"), "paper_id": keys("Paper"), "origin_id": st.none() | keys("Paper")}
    return st.fixed_dictionaries({name: {**VALUES, **links}[name] for name in GIVEN[resource]})


@st.composite
def worlds(draw: st.DrawFn, rules: DomainRules) -> Rows:
    """Some records of each resource, whose keys lead somewhere."""
    rows = {name: {END[name]: {**of[END[name]], **_house(rules, name)}} for name, of in END_ROWS.items()}
    for resource in RESOURCES:
        for number in range(1, 1 + draw(st.integers(2, MOST[resource]))):
            given, of = draw(values(resource)), key(resource, number)
            if rules[resource].tenanted:
                given["house"] = draw(HOUSES)
            for way, end in (("room_id", "Room"), ("paper_id", "Paper"), ("origin_id", "Paper")):
                if given.get(way) is not None and not links(given, rows[end].get(given[way])):
                    given[way] = None if way == "origin_id" else _within(rows[end], given)
            if all(given[way] is not None for way in given if way in ("room_id", "paper_id")):
                rows[resource][of] = {"id": of, **given}
    return rows


def _house(rules: DomainRules, resource: str) -> dict[str, str]:
    return {"house": HERE} if rules[resource].tenanted else {}


def _within(rows: Mapping[UUID, Row], row: Row) -> UUID | None:
    """A record that the row may belong to, if any: the last one, as the first is shown to everybody."""
    return next((of for of, end in reversed([*rows.items()]) if links(row, end)), None)


@st.composite
def moves(draw: st.DrawFn) -> Move:
    """Something that changes in a world."""
    resource = draw(st.sampled_from(["Room", "Member", "Paper", "Paper", "Note"]))
    kind = draw(st.sampled_from(["make", "edit", "edit", "drop", "drop"]))
    given, of = {**draw(values(resource)), "house": draw(HOUSES)}, draw(keys(resource))
    if kind == "edit":
        names = draw(st.lists(st.sampled_from(GIVEN[resource]), min_size=1, max_size=2, unique=True))
        given = {name: given[name] for name in names}
    return Move(kind, resource, of, {} if kind == "drop" else given)


@cache
def _of_held(held: tuple[str, str]) -> st.SearchStrategy[Move]:
    """Another value where it is not told to all."""
    resource, name = held
    values_of = VALUES[name].map(lambda value: {name: value})
    return st.builds(Move, st.just("edit"), st.just(resource), keys(resource), values_of)


@st.composite
def pairs(draw: st.DrawFn, rules: DomainRules) -> Pair:
    """A world and another one, which differ in what is hidden alone."""
    oracle = Oracle(rules, draw(st.sampled_from([{"role": "a"}, {"role": "b"}, {}])))
    left = draw(worlds(rules))
    view, right = oracle.view(left), left
    held = [(name, rule.name) for name, said in rules.items() for rule in said.fields if rule.name in VALUES]
    some = st.one_of(moves(), st.sampled_from(held).flatmap(_of_held)) if held else moves()
    for move in draw(st.lists(some, min_size=8, max_size=20)):
        changed = move.under(rules).made_in(right)
        if oracle.view(changed) == view:
            right = changed
    return Pair(oracle, left, right)


LEAVES: Mapping[str, st.SearchStrategy[Condition]] = {
    "Room": st.one_of(
        st.builds(Is, st.just("open"), st.booleans()),
        st.builds(Is, st.just("name"), TEXTS),
        st.builds(Is, st.just("size"), NUMBERS),
    ),
    "Member": st.one_of(st.just(Mine("person")), st.builds(Is, st.just("role"), TEXTS)),
    "Paper": st.one_of(
        st.just(Mine("owner")),
        st.builds(Is, st.just("live"), st.booleans()),
        st.builds(Is, st.just("title"), TEXTS),
        st.builds(Is, st.just("cost"), NUMBERS),
    ),
    "Note": st.one_of(st.builds(Is, st.just("text"), TEXTS), st.builds(Is, st.just("stars"), NUMBERS)),
}
MEMBER = st.one_of(st.just(Mine("person")), LEAVES["Member"].map(lambda leaf: Both(Mine("person"), leaf)))
IN_ROOM = st.one_of(LEAVES["Room"], st.builds(Any_, st.just("members"), MEMBER))
FACTS = st.builds(Fact, st.just("role"), TEXTS)
WAYS: Mapping[str, st.SearchStrategy[Condition]] = {
    "Room": st.one_of(st.builds(Any_, st.just("members"), MEMBER), st.builds(Any_, st.just("papers"), LEAVES["Paper"])),
    "Member": st.builds(At, st.just("room"), IN_ROOM),
    "Paper": st.one_of(
        st.builds(At, st.just("room"), IN_ROOM),
        st.builds(At, st.just("origin"), LEAVES["Paper"]),
        st.builds(Any_, st.just("notes"), LEAVES["Note"]),
    ),
    "Note": st.builds(At, st.just("paper"), st.one_of(LEAVES["Paper"], st.builds(At, st.just("room"), IN_ROOM))),
}


@cache
def conditions(resource: str) -> st.SearchStrategy[Condition]:
    """Conditions on its records, which some of them satisfy."""
    plain = st.one_of(LEAVES[resource], WAYS[resource], WAYS[resource])
    return st.one_of(
        plain,
        plain,
        st.builds(Not, plain),
        st.builds(Both, plain, st.one_of(plain, FACTS)),
        st.builds(Either, plain, st.one_of(plain, FACTS)),
    )


@cache
def _of_calls(resource: str) -> st.SearchStrategy[Condition]:
    """Conditions on what a call gives or changes."""
    name = NAMED[resource]
    return st.one_of(st.builds(Gives, st.just(name), TEXTS), st.just(Changes(name)))


@st.composite
def rules_of(draw: st.DrawFn, resource: str) -> Rules:
    """Rules about every action of a resource, fields that are not told to all, and perhaps a base filter."""
    some, actions = conditions(resource), ACTIONS[resource]
    either = st.builds(Either, some, LEAVES[resource])
    said = [Rule("allow", tuple(name for name in actions if name in ("browse", "shelf")), (draw(either),))]
    said.append(Rule("bypass", said[0].actions, (is_the_end(resource),)))
    calls = [name for name in actions if name not in ("browse", "shelf")]
    said += [Rule("allow", (name,), draw(st.one_of(st.just(()), st.tuples(either)))) for name in calls]
    for _ in range(draw(st.integers(0, 2))):
        effect = draw(st.sampled_from(["forbid", "forbid", "allow", "bypass"]))
        names = tuple(draw(st.lists(st.sampled_from(actions), min_size=1, max_size=2, unique=True)))
        of_calls = [_of_calls(resource)] if names in (("make",), ("edit",)) else []
        when = (draw(st.one_of(some, FACTS, *of_calls)),)
        rule = Rule(effect, names, when, draw(st.one_of(st.just(()), st.tuples(st.one_of(some, FACTS)))))
        # Saying the same twice is a mistake of the declaration.
        if not any((rule.effect, {*rule.conditions}) == (each.effect, {*each.conditions}) for each in said):
            said.append(rule)
    fields = tuple(draw(st.lists(_field_rules(resource), max_size=3, unique_by=lambda rule: rule.name)))
    base = (
        draw(st.none() | LEAVES["Paper"].map(lambda leaf: Either(leaf, is_the_end("Paper"))))
        if resource == "Paper"
        else None
    )
    return Rules(tuple(said), fields, base)


@cache
def _field_rules(resource: str) -> st.SearchStrategy[FieldRule]:
    names = {
        "Room": ["size", "name", "held", "worth"],
        "Member": ["role"],
        "Paper": ["cost", "cost", "owner", "origin_id", "noted"],
        "Note": ["stars", "text"],
    }[resource]
    some = conditions(resource)

    def rule(name: str) -> st.SearchStrategy[FieldRule]:
        given = name in GIVEN[resource]
        writable = st.none() | some if given else st.none()
        return st.builds(FieldRule, st.just(name), some, writable)

    return st.sampled_from(names).flatmap(rule)


def domain_rules() -> st.SearchStrategy[DomainRules]:
    """Rules for every resource."""
    return st.fixed_dictionaries({resource: rules_of(resource) for resource in RESOURCES})
