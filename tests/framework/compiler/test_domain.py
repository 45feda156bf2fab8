from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.compiler.extension import Extension
from framework.declare.actions import Create
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.errors import DeclarationError, Problem
from framework.spec.domain import DomainSpec
from framework.spec.relationship import Hop


class Author(Resource):
    """Somebody who writes."""

    id: Attr[UUID] = primary_key()
    notes: Many[Note] = has_many()


class Note(Resource):
    """A remark."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    author: One[Author | None] = belongs_to()
    write = Create(accept=[title, author])


class Event(Resource):
    id: Attr[UUID] = primary_key()


class Wrong(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[object] = attribute()
    write = Create(accept=[id])


def test_several_domains_become_one_spec_in_the_order_given() -> None:
    seed = verb("shop.seed")
    spec = compile_domain(Domain("a", [Author, Note]), Domain("b", [Note, Event], after_migrate=[seed]))
    assert spec.name == "a+b"
    assert list(spec.resources) == ["Author", "Note", "Event"]
    assert spec.after_migrate == (seed,)


def test_what_is_implied_is_filled_in() -> None:
    spec = compile_domain(Domain("a", [Author, Note]))
    link, back = spec.resources["Note"].relationships["author"], spec.resources["Author"].relationships["notes"]
    assert (link.hops, link.many, link.holds_key) == ((Hop("Author", "author_id", "id"),), False, True)
    assert (back.hops, back.many, back.holds_key) == ((Hop("Note", "id", "author_id"),), True, False)
    assert (link.attribute, link.target_attribute) == ("author_id", "id")
    assert (back.attribute, back.target_attribute, back.inverse) == ("id", "author_id", "author")
    key = spec.resources["Note"].attributes["author_id"]
    assert key.type.nullable
    assert not key.required
    assert spec.of(Note) is spec.target(back)
    assert spec.action("Note", "write").accept == ("title", "author_id")


def test_declaring_and_compiling_leave_no_trace() -> None:
    first, second = compile_domain(Domain("a", [Event])), compile_domain(Domain("a", [Event]))
    assert first == second
    assert problems_of(Domain("b", [Author, Note])) == ()


def test_every_mistake_is_raised_at_once_with_its_place() -> None:
    with pytest.raises(DeclarationError) as caught:
        compile_domain(Domain("a", [Wrong, Note]))
    assert [(problem.path, problem.at.file == __file__) for problem in caught.value.problems] == [
        ("Wrong.title", True),
        ("Wrong.write.accept", True),
        ("Note.author", True),
    ]
    lines = [problem.at.line for problem in caught.value.problems[:2]]
    assert lines == [Wrong.__scope__.source.line + 2, Wrong.__scope__.source.line + 3]


def test_mistakes_come_in_the_same_order_every_time() -> None:
    assert len({problems_of(Domain("a", [Wrong, Note])) for _ in range(3)}) == 1


def _documented(domain: DomainSpec) -> DomainSpec:
    return replace(domain, resources={name: replace(s, doc=s.doc or "?") for name, s in domain.resources.items()})


def _objects(domain: DomainSpec) -> Iterator[Problem]:
    for spec in domain.resources.values():
        if spec.doc == "?":
            yield Problem(spec.source, spec.name, "says nothing")


def test_an_extension_brings_resources_fills_in_and_objects() -> None:
    extension = Extension("documented", (Event,), (_documented,), (_objects,))
    domains = [Domain("a", [Author, Note], [extension]), Domain("b", [], [extension])]
    assert [str(problem) for problem in problems_of(*domains)] == ["`Event`: says nothing"]


def test_an_extension_meets_only_a_domain_that_is_sound_otherwise() -> None:
    def follow(domain: DomainSpec) -> Iterator[Problem]:
        for spec in domain.resources.values():
            assert all(domain.target(link).stored for link in spec.relationships.values())
        yield from ()

    problems = problems_of(Domain("a", [Note], [Extension("following", verifiers=(follow,))]))
    assert [problem.path for problem in problems] == ["Note.author"]
