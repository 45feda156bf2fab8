"""What of a pipeline is refused, each mistake with its place, before anything of it runs."""

from __future__ import annotations

from typing import Any

import pytest

from framework.errors import Invalid, Issue
from framework.lm.modules.catalogue import as_kept, module_from_json, module_to_json
from framework.lm.modules.custom import Custom
from framework.lm.modules.pipeline import Pipeline
from framework.lm.modules.steps import Ask, Fixed
from framework.lm.signatures.grammar import parse_signature

ONE = {"name": "one", "signature": "question -> answer"}


def read(*steps: Any, **outputs: Any) -> Pipeline:
    module = module_from_json({"kind": "pipeline", "steps": list(steps), "outputs": outputs})
    assert isinstance(module, Pipeline)
    return module


def issues(*steps: Any, signature: str = "question -> answer", **outputs: Any) -> list[Issue]:
    return list(read(*steps, **outputs).issues(parse_signature(signature), ()))


def refused(*steps: Any) -> list[Issue]:
    with pytest.raises(Invalid) as caught:
        read(*steps)
    return list(caught.value.issues)


def places(found: list[Issue]) -> list[tuple[str, str]]:
    return [(issue.code, ".".join(map(str, issue.path))) for issue in found]


def test_values_of_the_same_name_need_no_mapping() -> None:
    assert issues(ONE) == []


STEP = {"name": "two", "signature": "a -> answer"}


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([STEP], ("unmapped", "module.steps.0.inputs.a")),
        ([{**STEP, "inputs": {"a": "nobody"}}], ("unknown_source", "module.steps.0.inputs.a")),
        ([{**STEP, "inputs": {"a": "two.answer"}}], ("reads_later_step", "module.steps.0.inputs.a")),
        ([{**STEP, "inputs": {"a": "one.answer"}}, ONE], ("reads_later_step", "module.steps.0.inputs.a")),
        ([ONE, {**STEP, "inputs": {"a": "one.nothing"}}], ("unknown_source", "module.steps.1.inputs.a")),
        ([ONE, {**STEP, "inputs": {"a": "one"}}], ("unknown_source", "module.steps.1.inputs.a")),
        ([{**ONE, "inputs": {"more": "question"}}], ("unknown_input", "module.steps.0.inputs.more")),
        ([ONE, ONE], ("same_name", "module.steps")),
        ([{**ONE, "name": "question"}], ("reserved_name", "module.steps")),
        ([{"name": "one", "signature": "question -> n: int"}], ("unknown_source", "module.outputs.answer")),
        ([{**ONE, "signature": "question -> answer: int"}], ("type_mismatch", "module.outputs.answer")),
        ([{**ONE, "module": "react"}], ("react_without_tools", "module.steps.0.tools")),
        ([{**STEP, "inputs": {"a": "question.upper"}}], ("unknown_source", "module.steps.0.inputs.a")),
        ([ONE, {**STEP, "inputs": {"a": "one.answer.x"}}], ("unknown_source", "module.steps.1.inputs.a")),
        ([{**ONE, "name": "named_predictors"}], ("reserved_name", "module.steps")),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(steps: Any, found: tuple[str, str]) -> None:
    assert found in places(issues(*steps))


def block(name: str, **outputs: Any) -> dict[str, Any]:
    return {"steps": [{"name": name, "signature": "question -> answer"}], "outputs": outputs}


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ({"kind": "for_each", "of": "question", **block("x", a="x.answer")}, ("type_mismatch", "of")),
        ({"kind": "for_each", "of": "questions", **block("x", a="x.answer")}, ("unknown_source", "of")),
        ({"kind": "for_each", "of": "question", "item": "question", **block("x", a="x.answer")}, ("same_name", "item")),
        ({"kind": "for_each", "of": "question", **block("x")}, ("no_outputs", "outputs")),
        ({"kind": "together", "blocks": [block("x", a="x.answer"), block("y", a="y.answer")]}, ("same_name", "blocks")),
        (
            {
                "kind": "choose",
                "blocks": [{"when": {"source": "no"}, **block("x", a="x.answer")}, block("y", a="y.answer")],
            },
            ("unknown_source", "blocks.0.when.source"),
        ),
        (
            {
                "kind": "choose",
                "blocks": [{"when": {"source": "question"}, **block("x", a="x.answer")}, block("y", b="y.answer")],
            },
            ("other_outputs", "blocks.0.outputs"),
        ),
        (
            {"kind": "repeat", "most": 2, "until": {"source": "late"}, **block("x", a="x.answer")},
            ("unknown_source", "until.source"),
        ),
        (
            {
                "kind": "repeat",
                "most": 2,
                "carry": {"d": {"first": "x.answer", "next": "x.answer"}},
                **block("x", a="d"),
            },
            ("unknown_source", "carry.d.first"),
        ),
    ],
)
def test_what_cannot_work_inside_of_a_step_is_refused_with_its_place(step: Any, found: tuple[str, str]) -> None:
    code, place = found
    assert (code, f"module.steps.0.{place}") in places(issues({"name": "s", **step}))


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("text", ("wrong_type", "steps.0")),
        ({"signature": "a -> b"}, ("wrong_type", "steps.0.name")),
        ({"name": "Loud", "signature": "a -> b"}, ("wrong_type", "steps.0.name")),
        ({"name": "x", "kind": "loop"}, ("unknown", "steps.0.kind")),
        ({"name": "x", "kind": {}}, ("unknown", "steps.0.kind")),
        ({"name": "x", "signature": "a -> b", "module": {"kind": []}}, ("unknown_module", "steps.0.module.kind")),
        ({"name": "x", "signature": "a -> "}, ("no_outputs", "steps.0.signature")),
        ({"name": "x", "signature": "a -> b", "modul": "predict"}, ("unknown_key", "steps.0.modul")),
        ({"name": "x", "signature": "a -> b", "module": "predictt"}, ("unknown_module", "steps.0.module.kind")),
        (
            {"name": "x", "signature": "a -> b", "module": {"kind": "react", "n": 1}},
            ("unexpected_keyword_argument", "steps.0.module.n"),
        ),
        ({"name": "x", "signature": "a -> b", "inputs": {"a": "b c"}}, ("no_source", "steps.0.inputs.a")),
        ({"name": "x", "kind": "repeat", "most": 0, **block("y", a="y.answer")}, ("wrong_type", "steps.0.most")),
        ({"name": "x", "kind": "choose", "blocks": [block("y", a="y.answer")]}, ("wrong_type", "steps.0.blocks")),
        (
            {"name": "x", "kind": "for_each", "of": {"value": []}, **block("y", a="y.answer")},
            ("wrong_type", "steps.0.of"),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(step: Any, found: tuple[str, str]) -> None:
    assert found in places(refused(step))


def test_steps_do_not_nest_without_end() -> None:
    step: Any = ONE
    for number in range(10):
        step = {"name": f"n{number}", "kind": "repeat", "most": 1, "steps": [step], "outputs": {"a": {"value": 1}}}
    assert [issue.code for issue in refused(step)] == ["too_deep"]


def test_a_pipeline_within_a_pipeline_is_refused() -> None:
    inner = {"kind": "pipeline", "steps": [ONE]}
    assert places(refused({**ONE, "module": inner})) == [("too_deep", "steps.0.module.kind")]


WHOLE: Any = {
    "kind": "pipeline",
    "steps": [
        {"name": "find", "kind": "tool", "tool": "a.b:c", "inputs": {"q": "question", "k": {"value": [1, None]}}},
        {"name": "each", "kind": "for_each", "of": "find", "item": "it", "most": 5, **block("x", a="x.answer")},
        {"name": "both", "kind": "together", "blocks": [block("y", b="y.answer"), block("z", c="z.answer")]},
        {
            "name": "way",
            "kind": "choose",
            "blocks": [
                {
                    "when": {"source": "both.b", "one_of": ["x"]},
                    **block("v", d="v.answer"),
                },
                block("w", d="w.answer"),
            ],
        },
        {
            "name": "again",
            "kind": "repeat",
            "most": 2,
            "carry": {"draft": {"first": "question", "next": "u.answer"}},
            "until": {"source": "u.answer"},
            **block("u", e="u.answer"),
        },
    ],
    "outputs": {"answer": "again.e"},
}


def test_a_pipeline_is_the_same_after_a_round_trip() -> None:
    module = module_from_json(WHOLE)
    assert module_from_json(module_to_json(module)) == module
    assert list(module.issues(parse_signature("question -> answer"), ())) == []


def test_it_asks_as_often_as_its_steps_may() -> None:
    module = module_from_json(WHOLE)
    assert module.calls == 1 + 5 + 2 + 2 + 2
    assert list(module.references) == ["a.b:c"]


def test_a_reference_is_found_wherever_it_stands() -> None:
    deep = {"name": "r", "kind": "repeat", "most": 1, "outputs": {"answer": {"value": 1}}}
    acting = {"name": "act", "signature": "question -> answer", "module": "react", "tools": ["m:tool"]}
    assert list(read({**deep, "steps": [acting]}).references) == ["m:tool"]


def test_loops_do_not_multiply_without_end() -> None:
    step: Any = ONE
    for number in range(5):
        step = {
            "name": f"n{number}",
            "kind": "repeat",
            "most": 100,
            "steps": [step],
            "outputs": {"answer": {"value": 1}},
        }
    assert ("too_many", "module.steps") in places(issues(step))


def test_a_module_said_in_python_is_read_as_it_is_kept() -> None:
    said = Pipeline((Ask("Loud", parse_signature("question -> answer")),))
    with pytest.raises(Invalid) as caught:
        as_kept(said)
    assert caught.value.issues[0].path == ("module", "steps", 0, "name")
    with pytest.raises(Invalid):
        as_kept(Pipeline((Ask("one", parse_signature("a -> b"), inputs={"a": Fixed({1})}),)))
    assert as_kept(Custom("m:C", {"n": (1, 2)})) == Custom("m:C", {"n": [1, 2]})
