from __future__ import annotations

import inspect
from uuid import UUID

from framework.declare.actions import Action, Read
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.source import here
from framework.declare.verbs import verb


def line() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_here_is_the_line_of_whoever_asks() -> None:
    source, expected = here(), line()
    assert (source.file, source.line) == (__file__, expected)
    assert str(source) == f"{__file__}:{expected}"


def test_a_word_knows_the_line_it_was_said_on() -> None:
    title: Attr[str] = attribute()
    assert getattr(title.options, "source").line == line() - 1  # noqa: B009 - the words are an object to the checker


def test_an_action_knows_its_line_though_a_dataclass_makes_it() -> None:
    assert (Read().source.file, Read().source.line) == (__file__, line())
    assert Action(verb("a.b")).source.file == __file__


def test_a_class_knows_the_line_of_its_statement() -> None:
    before = line()

    class Note(Resource):
        id: Attr[UUID] = primary_key()

    assert Note.__scope__.source.file == __file__
    assert Note.__scope__.source.line == before + 2


def test_a_class_body_inside_the_framework_is_an_author_too() -> None:
    names: dict[str, object] = {"__name__": "framework.made_up", "here": here}
    exec(compile("class Body:\n    source = here()\ndef f():\n    return here()\n", "made_up.py", "exec"), names)
    body = names["Body"]
    assert str(getattr(body, "source")) == "made_up.py:2"  # noqa: B009 - made at run time
