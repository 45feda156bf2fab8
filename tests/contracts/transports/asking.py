"""Questions on the forum: of a session, of REST, and of GraphQL in all its ways to say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from framework.actions.query import LoadRelated, LoadValue, Query, Sort
from framework.expr.nodes import Compare, Comparison, Ref, Value
from framework.naming import camel
from tests.contracts.transports.forum import LINKS, NUMBERS, VALUES, Asked, Found, Listing, Related, is_list

# Aliases that are also the names of other things.
ALIASES = ("a", "title", "id", "team", "posts", "comments")
MOODS = {"GLAD": "glad", "SO_SO": "so-so"}


def listings() -> st.SearchStrategy[Listing]:
    """Few numbers, so that many questions have equal ones."""
    some = st.none() | st.integers(0, 2)
    spelled = st.sampled_from(["literal", "variable", "default"])
    return st.builds(Listing, some, some, st.none() | st.booleans(), spelled)


def questions(resource: str, depth: int) -> st.SearchStrategy[Asked]:
    """Whatever may be asked of records in GraphQL: the same link many times, with equal and with other arguments."""
    values = st.lists(st.sampled_from(VALUES[resource]), min_size=1, max_size=3, unique=True).map(tuple)
    links = st.sampled_from(sorted(LINKS[resource])).flatmap(lambda link: _related(link, LINKS[resource][link], depth))
    related = st.lists(links, max_size=2 if depth else 0).map(tuple)
    return st.builds(Asked, st.just(resource), values, related, st.sampled_from(["plain", "inline", "fragment"]))


def _related(link: str, target: str, depth: int) -> st.SearchStrategy[Related]:
    listing = listings() if is_list(link) else st.just(Listing())
    return st.builds(Related, st.just(link), listing, st.deferred(lambda: questions(target, depth - 1)))


def plain_questions(resource: str, depth: int, many: int = 1) -> st.SearchStrategy[Asked]:
    """What REST can be asked too: each link once and as it is, lists within lists left out."""
    values = st.lists(st.sampled_from(VALUES[resource]), min_size=1, max_size=3, unique=True).map(tuple)
    names = [link for link in sorted(LINKS[resource]) if many or not is_list(link)]
    chosen = st.lists(st.sampled_from(names), max_size=2 if depth else 0, unique=True) if names else st.just([])

    def related(links: list[str]) -> st.SearchStrategy[tuple[Related, ...]]:
        return st.tuples(
            *(
                st.builds(
                    Related,
                    st.just(link),
                    st.just(Listing()),
                    plain_questions(LINKS[resource][link], depth - 1, many - is_list(link)),
                )
                for link in links
            )
        )

    return st.builds(Asked, st.just(resource), values, chosen.flatmap(related))


def query_of(asked: Asked, listing: Listing) -> Query:
    """The question to a session; the records at the n-th link are kept under n."""
    number = NUMBERS[asked.resource]
    loads = [LoadValue(name) for name in asked.values]
    related = [
        LoadRelated(each.link, query_of(each.inner, each.listing), str(place))
        for place, each in enumerate(asked.related)
    ]
    least = listing.least
    return Query(
        filter=None if least is None else Compare(Comparison.GE, Ref(number), Value(least)),
        sort=() if listing.descending is None else (Sort((number,), listing.descending),),
        loads=(*loads, *related),
        limit=listing.first,
    )


def from_record(record: Any, asked: Asked) -> Found:
    """What a session found."""
    values = {name: str(value) if isinstance(value := record[name], UUID) else value for name in asked.values}
    return Found(values, tuple(_each(record[str(i)], r.inner, from_record) for i, r in enumerate(asked.related)))


def parameters_of(asked: Asked, listing: Listing) -> dict[str, str]:
    """The question as the query string of a list."""
    found = {f"fields[{way}]" if way else "fields": ",".join(names) for way, names in _fields(asked, "")}
    includes = [way for way, _ in _fields(asked, "") if way]
    if includes:
        found["include"] = ",".join(includes)
    if listing.first is not None:
        found["limit"] = str(listing.first)
    if listing.least is not None:
        found[f"filter[{NUMBERS[asked.resource]}][ge]"] = str(listing.least)
    if listing.descending is not None:
        found["sort"] = ("-" if listing.descending else "") + NUMBERS[asked.resource]
    return found


def _fields(asked: Asked, way: str) -> list[tuple[str, tuple[str, ...]]]:
    inner = [_fields(r.inner, f"{way}.{r.link}".lstrip(".")) for r in asked.related]
    return [(way, asked.values), *(pair for pairs in inner for pair in pairs)]


def from_rest(shown: Mapping[str, Any], asked: Asked) -> Found:
    """What REST showed."""
    values = {name: shown[name] for name in asked.values}
    return Found(values, tuple(_each(shown[r.link], r.inner, from_rest) for r in asked.related))


@dataclass
class Document:
    """A GraphQL document while it is written."""

    variables: dict[str, int] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def text(self, selection: str) -> str:
        """The whole of it."""
        head = f"query({', '.join(self.declared)})" if self.declared else "query"
        return f"{head} {{ {selection} }} {' '.join(self.fragments)}"

    def arguments(self, listing: Listing, resource: str) -> str:
        """The arguments of a list."""
        number = camel(NUMBERS[resource])
        found = []
        if listing.first is not None:
            found.append(f"first: {self._number(listing.first, listing.spelled)}")
        if listing.least is not None:
            found.append(f"filter: {{{number}: {{ge: {self._number(listing.least, listing.spelled, 'BigInt')}}}}}")
        if listing.descending is not None:
            found.append(f"sort: [{{{number}: {'DESC' if listing.descending else 'ASC'}}}]")
        return f"({', '.join(found)})" if found else ""

    def selection(self, asked: Asked) -> str:
        """What is asked of a record."""
        parts = [f"v{place}: {camel(name)}" for place, name in enumerate(asked.values)]
        for place, each in enumerate(asked.related):
            given = self.arguments(each.listing, each.inner.resource) if is_list(each.link) else ""
            parts.append(f"{alias_of(place)}: {camel(each.link)}{given} {{ {self.selection(each.inner)} }}")
        text = " ".join(parts)
        if asked.spelled == "inline":
            return f"... on {asked.resource} {{ {text} }}"
        if asked.spelled == "fragment":
            name = f"F{next(self.numbers)}"
            self.fragments.append(f"fragment {name} on {asked.resource} {{ {text} }}")
            return f"...{name}"
        return text

    def _number(self, value: int, spelled: str, kind: str = "Int") -> str:
        if spelled == "literal":
            return str(value)
        name = f"n{next(self.numbers)}"
        self.declared.append(f"${name}: {kind}" + (f" = {value}" if spelled == "default" else ""))
        if spelled == "variable":
            self.variables[name] = value
        return f"${name}"


def alias_of(place: int) -> str:
    """The alias of the n-th link asked for."""
    return ALIASES[place]


def from_graphql(shown: Mapping[str, Any], asked: Asked) -> Found:
    """What GraphQL showed."""
    values = {name: _own(shown[f"v{place}"], name) for place, name in enumerate(asked.values)}
    return Found(values, tuple(_each(shown[alias_of(i)], r.inner, from_graphql) for i, r in enumerate(asked.related)))


def _own(value: Any, name: str) -> Any:
    """A value as it is stored: choices have names in GraphQL, numbers of 64 bits are texts."""
    if name in NUMBERS.values() and value is not None:
        assert isinstance(value, str)
        return int(value)
    return MOODS.get(value, value)


def _each(ends: Any, asked: Asked, read: Any) -> Any:
    if isinstance(ends, list):
        return [read(end, asked) for end in ends]
    return None if ends is None else read(ends, asked)
