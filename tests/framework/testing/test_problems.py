"""What is wrong with a declaration, as sentences."""

from __future__ import annotations

from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.testing.problems import problems


class Sound(Resource):
    """Nothing is wrong with it."""

    id: Attr[UUID] = primary_key()


class Unsound(Resource):
    """Its identity speaks of what is not there."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    one_title = identity("titel")


def test_a_sound_resource_has_no_problems() -> None:
    assert problems(Sound) == []


def test_each_problem_is_one_sentence_with_its_path_and_a_hint() -> None:
    assert problems(Sound, Unsound) == [
        "`Unsound.one_title`: `titel` is not an attribute (did you mean `title`?)",
    ]
