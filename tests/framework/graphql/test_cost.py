"""The cost of a document is the same however its numbers and its fields are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from framework.graphql.cost import ListSizes, QueryCost, cost_of

SIZES = ListSizes(
    {"teams": ("Team", 50)},
    {
        "Team": {"posts": ("Post", 20), "lead": ("Person", 1)},
        "Post": {"author": ("Person", 1), "replies": ("Post", 5)},
        "Person": {"posts": ("Post", 20)},
    },
)
LINKS = {"Team": ["posts", "lead"], "Post": ["author", "replies"], "Person": ["posts"]}


@dataclass(frozen=True)
class Asked:
    """A list or a record, how many of it, and what is asked of each."""

    on: str
    name: str
    first: int | None
    inner: tuple[Asked, ...]


def below(on: str) -> st.SearchStrategy[tuple[Asked, ...]]:
    def one(name: str) -> st.SearchStrategy[Asked]:
        target = SIZES.at(on, name)[0] or ""
        firsts = st.none() | st.integers(0, 500)
        return st.builds(Asked, st.just(on), st.just(name), firsts, st.deferred(lambda: below(target)))

    return st.lists(st.sampled_from(LINKS[on]).flatmap(one), max_size=2).map(tuple)


def teams() -> st.SearchStrategy[Asked]:
    return st.builds(Asked, st.just(""), st.just("teams"), st.none() | st.integers(0, 500), below("Team"))


@dataclass
class Written:
    """A document in one of the ways to write it."""

    numbers: dict[str, int]
    fragments: list[str]
    names: Iterator[int]

    def field(self, asked: Asked, way: str) -> str:
        first = "" if asked.first is None else f"(first: {self.number(asked.first, way)})"
        inner = "id " + " ".join(f"a{i}: {self.field(item, way)}" for i, item in enumerate(asked.inner))
        if way == "fragments":
            name = f"F{next(self.names)}"
            on = SIZES.at(asked.on or None, asked.name)[0]
            self.fragments.append(f"fragment {name} on {on} {{ {inner} }}")
            inner = f"...{name}"
        elif way == "inline":
            inner = f"... {{ {inner} }}"
        return f"{asked.name}{first} {{ {inner} }}"

    def number(self, first: int, way: str) -> str:
        if way in ("literals", "fragments", "inline"):
            return str(first)
        name = f"v{next(self.names)}"
        self.numbers[name] = first
        return f"${name}"


def cost(asked: Asked, way: str) -> QueryCost:
    written = Written({}, [], count())
    selection = f"{{ {written.field(asked, way)} }}"
    given = written.numbers if way in ("variables", "overridden") else {}
    defaults = {name: {"defaults": f" = {number}", "overridden": " = 1"} for name, number in written.numbers.items()}
    declared = ", ".join(f"${name}: Int{default.get(way, '')}" for name, default in defaults.items())
    document = f"query{f'({declared})' if declared else ''} {selection} {' '.join(written.fragments)}"
    return cost_of(parse(document), given, SIZES, ListSizes({}, {}))


@given(teams())
def test_a_document_costs_the_same_however_it_is_written(asked: Asked) -> None:
    literals = cost(asked, "literals")
    for way in ("variables", "defaults", "overridden", "fragments", "inline"):
        assert cost(asked, way) == literals, way
