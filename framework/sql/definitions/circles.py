"""Tables that links lead round in a circle by: of these none comes first."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def circles(leads_to: Mapping[str, Collection[str]]) -> Mapping[str, str]:
    """By each name, one of those that it is in a circle with, the same for all of them; its own where it is in none.

    Kosaraju's two walks, along the links and against them, so each link is looked at twice however many there are.
    """
    reached_from: dict[str, list[str]] = {name: [] for name in leads_to}
    for name, ends in leads_to.items():
        for end in ends:
            reached_from[end].append(name)
    found: dict[str, str] = {}
    for first in reversed(_left(leads_to)):
        ahead = [first]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found[name] = first
                ahead.extend(reached_from[name])
    return found


def _left(leads_to: Mapping[str, Collection[str]]) -> list[str]:
    """The names in the order in which a walk along the links leaves them, with all that they lead to behind it."""
    met, left = set[str](), list[str]()
    ahead = [(name, False) for name in leads_to]
    while ahead:
        name, leaving = ahead.pop()
        if leaving:
            left.append(name)
        elif name not in met:
            met.add(name)
            ahead.append((name, True))
            ahead.extend((end, False) for end in leads_to[name])
    return left
