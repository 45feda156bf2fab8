"""Which tables links lead round in a circle by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framework.sql.definitions.circles import circles

Links = dict[str, list[str]]
NAMES = "abcdefg"


def reached(links: Links, start: str) -> set[str]:
    """All that links lead to from there, one link or more away."""
    met: set[str] = set()
    ahead = [*links[start]]
    while ahead:
        name = ahead.pop()
        if name not in met:
            met.add(name)
            ahead.extend(links[name])
    return met


@given(st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES}))
def test_two_are_in_a_circle_where_links_lead_from_each_to_the_other(links: Links) -> None:
    found = circles(links)
    for one in NAMES:
        for other in NAMES:
            together = one == other or (other in reached(links, one) and one in reached(links, other))
            assert (found[one] == found[other]) is together


def test_a_long_line_of_links_is_no_circle() -> None:
    names = [f"n{number}" for number in range(5000)]
    line = {name: [after] for name, after in zip(names, [*names[1:], names[0]], strict=True)}
    assert len(set(circles(line).values())) == 1
    line[names[-1]] = []
    assert len(set(circles(line).values())) == len(names)
