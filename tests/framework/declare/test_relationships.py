from __future__ import annotations

from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import node_of
from framework.expr.nodes import Compare, Comparison, Not, Ref, Some, Value, along
from framework.expr.scopes import settled


class Program(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    path: Attr[str] = attribute()
    words: Attr[str] = attribute()
    trials: Many[Trial] = has_many()
    tried: Attr[bool] = calculate(trials.any(lambda t: t.score > 0.5))


class Trial(Resource):
    id: Attr[UUID] = primary_key()
    score: Attr[float] = attribute()
    program: One[Program] = belongs_to()
    program_name: Attr[str] = calculate(program.name)
    program_path: Attr[str] = calculate(program.path)
    program_words: Attr[str] = calculate(program.words)


GOOD = Some("trials", Compare(Comparison.GT, Ref("score"), Value(0.5)))


def built(word: object) -> object:
    return settled(word.options.build())  # type: ignore[attr-defined]  # a test looks behind the words


def test_on_the_class_a_link_is_a_path() -> None:
    assert (Trial.program.name == "qa").node == Compare(Comparison.EQ, along("program", "name"), Value("qa"))
    assert Program.trials.any(lambda t: t.score > 0.5).node == GOOD
    assert Program.trials.none(lambda t: t.score > 0.5).node == Not(GOOD)


def test_in_the_class_body_a_link_is_the_same_path() -> None:
    assert built(vars(Trial)["program_name"]) == along("program", "name")
    assert built(vars(Program)["tried"]) == GOOD


def test_no_name_of_a_link_hides_a_name_of_the_other_end() -> None:
    assert built(vars(Trial)["program_path"]) == along("program", "path")
    assert built(vars(Trial)["program_words"]) == along("program", "words")


def test_on_a_record_a_link_is_what_was_loaded() -> None:
    program = Program.of({"trials": []})
    assert program.trials == []
    assert Trial.of({"program": program}).program is program


def test_the_key_of_a_link_is_an_attribute_by_itself() -> None:
    assert node_of(Trial.program_id, Trial) == Ref("program_id")  # type: ignore[attr-defined]  # made at run time
    assert Trial.of({"program_id": 3}).program_id == 3  # type: ignore[attr-defined]


def test_a_key_that_is_declared_stays_as_it_is() -> None:
    class Owned(Resource):
        program_id: Attr[int] = attribute()
        program: One[Program] = belongs_to()

    assert isinstance(vars(Owned)["program_id"], Attr)
